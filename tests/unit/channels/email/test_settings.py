"""The section ``channels.email``."""

import pytest
from pydantic import ValidationError

from channels.email import EmailChannel, EmailSettings

GOOD = {"host": "relay.example", "from": "warn@city.example"}


def faults(**changes):
    return EmailChannel(EmailSettings.model_validate(GOOD | changes)).faults()


def test_a_host_and_a_sender_are_enough():
    assert faults() == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"host": ""}, "channels.email.host"),
        ({"from": ""}, "channels.email.from"),
        ({"tls": "none", "username": "u", "password": "p"}, "channels.email.tls"),
        ({"username": "u"}, "channels.email.username"),
        ({"password": "p"}, "channels.email.username"),
        ({"ca_file": "/nowhere/ca.pem"}, "channels.email.ca_file"),
    ],
)
def test_what_keeps_mail_from_going_out_is_named_in_one_line(changes, named):
    (fault,) = faults(**changes)

    assert fault.startswith(named)
    assert "\n" not in fault


@pytest.mark.parametrize(
    "changes",
    [
        {"from": "not a mailbox"},
        {"from": "warn@city.example\r\nBcc: x@y.example"},
        {"reply_to": "a@b.example, c@d.example"},
        {"host": "relay example"},
        {"port": 0},
        {"tls": "maybe"},
        {"connections": 0},
        {"bounce_domain": "bounce city"},
        {"unsubscribe_url": "ftp://city.example/"},
        {"unsubscribe_url": "https://city.example/{token}"},
        {"unsubscribe_url": "https://city.example/>\r\nBcc: x@y.example"},
        {"colour": "red"},
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(changes):
    with pytest.raises(ValidationError):
        EmailSettings.model_validate(GOOD | changes)


def test_the_password_shows_nowhere():
    settings = EmailSettings.model_validate(GOOD | {"username": "u", "password": "hunter2"})

    assert "hunter2" not in repr(settings)
    assert "hunter2" not in settings.model_dump_json()
