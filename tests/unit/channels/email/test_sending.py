"""Mail through a relay: what each recipient gets."""

import email
import email.policy
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from warnbroker.errors import ConfigError, PermanentSendError
from warnbroker.model.receipt import AttemptKey, Reason

ALERT = "abcdefghijklmnopqrstuvwxyz"


def parsed(content):
    return email.message_from_bytes(
        content.replace(b"\r\n..", b"\r\n."), policy=email.policy.default
    )


async def test_each_recipient_gets_their_own_name_and_nobody_elses(
    start_server, open_channel, make_delivery
):
    server = await start_server()
    channel = await open_channel(server.port)

    for number, address in ((1, "li@home.example"), (2, "wu@home.example")):
        await channel.send(make_delivery(address, key=AttemptKey(ALERT, number, 1)))

    first, second = map(parsed, server.mails)
    assert (first["To"], second["To"]) == ("li@home.example", "wu@home.example")
    assert first["Message-ID"] == f"<{ALERT}.1@city.example>"
    assert second["Message-ID"] == f"<{ALERT}.2@city.example>"
    assert first.get_body(("plain",)).get_content() == second.get_body(("plain",)).get_content()
    assert server.commands("RCPT") == ["RCPT TO:<li@home.example>", "RCPT TO:<wu@home.example>"]


async def test_lines_that_start_with_a_dot_arrive_as_written(
    start_server, open_channel, make_delivery
):
    server = await start_server()
    channel = await open_channel(server.port)
    delivery = make_delivery()
    text = ".\n..\n.hidden\nend\n"

    await channel.send(
        structs.replace(
            delivery, message=replace(delivery.message, parts={"subject": "s", "txt": text})
        )
    )

    assert b"\r\n..\r\n...\r\n..hidden\r\n" in server.mails[0]
    assert parsed(server.mails[0]).get_content().replace("\r\n", "\n") == text


async def test_a_retry_has_the_same_message_id_and_a_repeat_says_so(
    start_server, open_channel, make_delivery
):
    server = await start_server()
    channel = await open_channel(server.port)

    await channel.send(make_delivery(key=AttemptKey(ALERT, 42, 1)))
    await channel.send(make_delivery(key=AttemptKey(ALERT, 42, 2), repeat=True))

    first, second = map(parsed, server.mails)
    assert first["Message-ID"] == second["Message-ID"]
    assert (first["X-Warnbroker-Repeat"], second["X-Warnbroker-Repeat"]) == (None, "yes")


async def test_bounces_come_back_to_an_address_that_names_the_attempt(
    start_server, open_channel, make_delivery
):
    server = await start_server()
    channel = await open_channel(server.port, bounce_domain="bounce.city.example")

    await channel.send(make_delivery(key=AttemptKey(ALERT, 42, 3)))

    (line,) = server.commands("MAIL")
    assert line.startswith(f"MAIL FROM:<bounce+{ALERT}.42.3@bounce.city.example>")


@pytest.mark.parametrize(
    ("template", "header", "one_click"),
    [
        ("https://w.example/u/{alert}/{delivery}", f"<https://w.example/u/{ALERT}/42>", True),
        ("http://w.example/u/{delivery}", "<http://w.example/u/42>", False),
        ("mailto:stop@city.example", "<mailto:stop@city.example>", False),
    ],
)
async def test_unsubscribing_takes_one_click_where_https_allows_it(
    start_server, open_channel, delivery, template, header, one_click
):
    server = await start_server()
    channel = await open_channel(server.port, unsubscribe_url=template)

    await channel.send(delivery)

    mail = parsed(server.mails[0])
    assert mail["List-Unsubscribe"] == header
    assert (mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click") is one_click


@pytest.mark.parametrize(
    "address",
    ["li@home.example\r\nRCPT TO:<wu@home.example>", "li@home.example\nBcc: wu@home.example"],
)
async def test_an_address_that_carries_a_line_end_reaches_no_relay(
    start_server, open_channel, make_delivery, address
):
    server = await start_server()
    channel = await open_channel(server.port)

    with pytest.raises(PermanentSendError) as caught:
        await channel.send(make_delivery(address))

    assert caught.value.reason is Reason.RECIPIENT
    assert server.sessions == 0


async def test_a_mailbox_in_another_script_asks_for_smtputf8_and_a_plain_one_does_not(
    start_server, open_channel, make_delivery
):
    server = await start_server()
    channel = await open_channel(server.port)

    await channel.send(make_delivery("李@home.example"))
    await channel.send(make_delivery("li@home.example"))

    first, second = server.commands("MAIL")
    assert first.endswith("BODY=8BITMIME SMTPUTF8")
    assert "UTF8" not in second
    assert parsed(server.mails[0])["To"] == "李@home.example"


async def test_a_relay_without_smtputf8_cannot_reach_a_mailbox_in_another_script(
    start_server, open_channel, make_delivery
):
    server = await start_server(extensions=())
    channel = await open_channel(server.port)

    with pytest.raises(PermanentSendError) as caught:
        await channel.send(make_delivery("李@home.example"))
    await channel.send(make_delivery())

    # RECIPIENT would have the mailbox taken for gone, which it is not.
    assert caught.value.reason is Reason.POLICY
    assert server.commands("MAIL") == ["MAIL FROM:<warn@city.example>"]
    assert server.sessions == 1


async def test_the_letters_kept_are_few_and_those_in_use_stay(
    start_server, open_channel, make_delivery
):
    channel = await open_channel((await start_server()).port)
    message = make_delivery().message
    await channel.send(make_delivery(message=replace(message, id=0)))
    built = channel._post.desk._letters[ALERT, 0]

    for number in range(1, 300):
        await channel.send(make_delivery(message=replace(message, id=number)))
        await channel.send(make_delivery(message=replace(message, id=0)))

    assert len(channel._post.desk._letters) == 256
    assert channel._post.desk._letters[ALERT, 0] is built


async def test_nothing_is_sent_when_the_warning_is_over(
    start_server, open_channel, delivery, clock
):
    server = await start_server()
    channel = await open_channel(server.port)
    clock.ahead = timedelta(hours=1)

    with pytest.raises(PermanentSendError) as caught:
        await channel.send(delivery)

    assert caught.value.reason is Reason.EXPIRED
    assert server.sessions == 0


async def test_an_open_that_failed_can_be_closed(open_channel):
    with pytest.raises(ConfigError, match=r"channels\.email\.host"):
        await open_channel(25, host="")


async def test_a_ca_file_that_is_no_certificate_is_named(open_channel, tmp_path):
    wrong = tmp_path / "ca.pem"
    wrong.write_text("not a certificate")

    with pytest.raises(ConfigError, match=r"ca_file"):
        await open_channel(25, tls="starttls", ca_file=wrong)
