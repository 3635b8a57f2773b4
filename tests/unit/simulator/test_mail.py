from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

import pytest

from warnbroker.simulator.mail import broken_form, head, message_id, subject


def letter(policy=SMTP) -> bytes:
    mail = EmailMessage(policy=policy)
    mail["Subject"] = (
        "【红色预警】风暴潮：请沿海低洼地区居民立即撤离到高处，并听从现场工作人员的指挥"
    )
    mail["Message-ID"] = "<7.1@warnbroker.example>"
    mail.set_content("Subject: not this one\n撤离")
    return mail.as_bytes()


@pytest.mark.parametrize("policy", [SMTP, SMTPUTF8])
def test_the_subject_is_read_as_a_person_reads_it(policy):
    headers = head(letter(policy))

    assert subject(headers).startswith("【红色预警】风暴潮：请沿海低洼地区居民")
    assert subject(headers).endswith("听从现场工作人员的指挥")
    assert message_id(headers) == "<7.1@warnbroker.example>"


def test_headers_that_are_missing_are_empty():
    assert subject(b"From: a@b.example") == ""
    assert message_id(b"From: a@b.example") == ""


def test_a_subject_in_an_unknown_charset_is_left_as_it_is():
    assert subject(b"Subject: =?x-none?B?QQ==?=") == "=?x-none?B?QQ==?="


def test_a_mail_in_good_form_is_not_complained_of():
    assert broken_form(letter(), utf8=False) == ""
    assert broken_form(letter(SMTPUTF8), utf8=True) == ""
    assert broken_form(b"", utf8=False) == ""


@pytest.mark.parametrize(
    ("content", "reply"),
    [
        (b"Subject: x\r\n\r\n" + b"y" * 999 + b"\r\n", "500 5.6.0"),
        (b"Subject: x\r\n\r\nbare\nfeed\r\n", "550 5.6.11"),
        (b"Subject: x\r\n\r\nbare\rreturn\r\n", "550 5.6.11"),
        ("Subject: 撤离\r\n\r\nx\r\n".encode(), "550 5.6.7"),
    ],
)
def test_a_mail_that_breaks_the_form_is_refused_for_good(content, reply):
    assert broken_form(content, utf8=False).startswith(reply)
