"""Mail through a relay: what each recipient gets, and how sessions are used."""

import asyncio
import email
import email.policy
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.email import EmailChannel, EmailSettings
from warnbroker.errors import ConfigError, PermanentSendError, TemporarySendError
from warnbroker.model.receipt import AttemptKey, Reason, State

ALERT = "abcdefghijklmnopqrstuvwxyz"
DROP, SILENCE = "drop", "silence"


def parsed(content):
    return email.message_from_bytes(
        content.replace(b"\r\n..", b"\r\n."), policy=email.policy.default
    )


def settings_of(authority, tls):
    return {"tls": tls, "ca_file": authority.file}


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
        replace(delivery, message=replace(delivery.message, parts={"subject": "s", "txt": text}))
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

    assert caught.value.reason is Reason.RECIPIENT
    assert server.commands("MAIL") == ["MAIL FROM:<warn@city.example>"]
    assert server.sessions == 1


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


async def test_one_session_carries_many_mails(start_server, open_channel, delivery):
    server = await start_server()
    channel = await open_channel(server.port)

    for _ in range(5):
        await channel.send(delivery)

    assert (server.sessions, len(server.mails)) == (1, 5)


async def test_there_are_never_more_sessions_than_connections(
    start_server, open_channel, make_delivery
):
    server = await start_server()
    channel = await open_channel(server.port, connections=3)

    await asyncio.gather(*(channel.send(make_delivery(f"u{n}@home.example")) for n in range(30)))

    assert channel.concurrency == 3
    assert server.sessions == 3
    assert len(set(server.commands("RCPT"))) == len(server.mails) == 30


async def test_a_worn_session_is_replaced(start_server, open_channel, delivery):
    server = await start_server()
    channel = await open_channel(server.port, max_per_connection=2)

    for _ in range(5):
        await channel.send(delivery)
    await channel.close()

    assert server.sessions == 3
    assert len(server.commands("QUIT")) == 3


async def test_an_idle_session_is_ended_politely(start_server, open_channel, delivery):
    server = await start_server()
    channel = await open_channel(server.port, idle_timeout=0.05)

    await channel.send(delivery)
    await server.until(lambda: server.commands("QUIT") == ["QUIT"])
    await channel.send(delivery)

    assert (server.sessions, len(server.mails)) == (2, 2)


async def test_a_session_that_the_relay_ended_meanwhile_is_replaced_unnoticed(
    start_server, open_channel, delivery
):
    server = await start_server()
    channel = await open_channel(server.port)
    await channel.send(delivery)
    server.drop_all()

    receipt = await channel.send(delivery)

    assert receipt.state is State.ACCEPTED
    assert (server.sessions, len(server.mails)) == (2, 2)


@pytest.mark.parametrize("end", [DROP, SILENCE, "421 4.4.2 idle for too long"])
async def test_a_session_that_dies_at_mail_is_replaced_once(
    start_server, open_channel, delivery, end
):
    server = await start_server(script={"MAIL": ["250 ok", end]})
    channel = await open_channel(server.port, reply_timeout=0.3)
    await channel.send(delivery)

    receipt = await channel.send(delivery)

    assert receipt.state is State.ACCEPTED
    assert (server.sessions, len(server.mails)) == (2, 2)


async def test_a_session_that_dies_after_mail_is_not_replaced_in_the_same_attempt(
    start_server, open_channel, delivery
):
    server = await start_server(script={"RCPT": ["250 ok", DROP]})
    channel = await open_channel(server.port)
    await channel.send(delivery)

    with pytest.raises(TemporarySendError):
        await channel.send(delivery)

    assert (server.sessions, len(server.mails)) == (1, 1)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "END"])
async def test_after_a_refusal_the_session_is_reset_and_used_again(
    start_server, open_channel, delivery, stage
):
    server = await start_server(script={stage: ["450 4.2.0 later"]})
    channel = await open_channel(server.port)
    with pytest.raises(TemporarySendError):
        await channel.send(delivery)

    await channel.send(delivery)

    assert server.sessions == 1
    assert server.commands("RSET") == ["RSET"]


async def test_a_session_that_cannot_be_reset_is_replaced(start_server, open_channel, delivery):
    server = await start_server(script={"RCPT": ["450 later"], "RSET": ["500 no"]})
    channel = await open_channel(server.port)
    with pytest.raises(TemporarySendError):
        await channel.send(delivery)

    await channel.send(delivery)

    assert (server.sessions, len(server.mails)) == (2, 1)


@pytest.mark.parametrize("stage", ["RCPT", "DATA", "END"])
async def test_421_ends_the_session(start_server, open_channel, delivery, stage):
    server = await start_server(script={stage: ["421 4.3.2 closing"]})
    channel = await open_channel(server.port)
    with pytest.raises(TemporarySendError):
        await channel.send(delivery)

    await channel.send(delivery)

    assert (server.sessions, server.commands("RSET")) == (2, [])


async def test_a_send_that_is_cancelled_leaves_no_session_in_the_middle_of_a_mail(
    start_server, open_channel, delivery
):
    server = await start_server(script={"RCPT": [SILENCE]})
    channel = await open_channel(server.port)
    sending = asyncio.create_task(channel.send(delivery))
    await server.until(lambda: bool(server.commands("RCPT")))

    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await channel.send(delivery)

    assert (server.sessions, len(server.mails)) == (2, 1)


async def test_log_in_that_fails_for_now_again_and_again_is_called_a_fault_of_the_settings(
    start_server, open_channel, delivery, authority
):
    server = await start_server(
        extensions=("STARTTLS", "AUTH LOGIN"),
        script={"AUTH": ["454 4.7.0 later"] * 3},
        tls=authority.server,
    )
    channel = await open_channel(
        server.port, **settings_of(authority, "starttls"), username="u", password="p"
    )

    reasons = []
    for _ in range(3):
        with pytest.raises(TemporarySendError) as caught:
            await channel.send(delivery)
        reasons.append(caught.value.reason)

    assert reasons == [Reason.PROVIDER_BUSY, Reason.PROVIDER_BUSY, Reason.CONFIG]


async def test_implicit_tls_works_with_an_own_authority(
    start_server, open_channel, delivery, authority
):
    server = await start_server(tls=authority.server, implicit=True)
    channel = await open_channel(server.port, **settings_of(authority, "implicit"))

    await channel.send(delivery)

    assert len(server.mails) == 1


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_relay_that_nobody_vouches_for_gets_no_password(
    start_server, open_channel, delivery, authority, tls
):
    server = await start_server(
        extensions=("STARTTLS", "AUTH PLAIN"), tls=authority.server, implicit=tls == "implicit"
    )
    channel = await open_channel(server.port, tls=tls, username="u", password="p")

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(delivery)

    assert (caught.value.reason, caught.value.retry_after) == (Reason.CONFIG, 60)
    assert server.commands("AUTH") == []


@pytest.mark.parametrize(
    ("extensions", "changes"),
    [((), {}), (("STARTTLS",), {"username": "u", "password": "p"})],
)
async def test_a_relay_that_lacks_what_the_settings_ask_for_is_a_fault_of_the_settings(
    start_server, open_channel, delivery, authority, extensions, changes
):
    server = await start_server(extensions=extensions, tls=authority.server)
    channel = await open_channel(server.port, **settings_of(authority, "starttls"), **changes)

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(delivery)

    assert caught.value.reason is Reason.CONFIG
    assert server.mails == []


async def test_we_greet_with_the_configured_name(start_server, open_channel, delivery):
    server = await start_server()
    channel = await open_channel(server.port, hello_name="broker.city.example")

    await channel.send(delivery)

    assert server.commands("EHLO") == ["EHLO broker.city.example"]


async def test_an_open_that_failed_can_be_closed(tmp_path):
    channel = EmailChannel(EmailSettings())

    with pytest.raises(ConfigError, match=r"channels\.email\.host"):
        await channel.open(None)
    await channel.close()


async def test_a_ca_file_that_is_no_certificate_is_named(open_channel, tmp_path):
    wrong = tmp_path / "ca.pem"
    wrong.write_text("not a certificate")

    with pytest.raises(ConfigError, match=r"ca_file"):
        await open_channel(25, tls="starttls", ca_file=wrong)
