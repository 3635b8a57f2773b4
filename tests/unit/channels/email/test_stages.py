"""Each stage of SMTP against each way to fail: what is known not to have gone, and what is not."""

from dataclasses import replace

import pytest

from warnbroker.errors import PermanentSendError, TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import Reason, State

DROP, SILENCE = "drop", "silence"
IMPATIENT = {"reply_timeout": 0.2, "final_timeout": 0.2, "connect_timeout": 0.5}
LOGIN = {"username": "city", "password": "secret", "tls": "starttls"}
BEFORE_MESSAGE = ["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"]


@pytest.fixture(params=[(), ("PIPELINING",)], ids=["one by one", "pipelined"])
def announced(request):
    return request.param


@pytest.fixture
def open_at(start_server, open_channel, authority):
    """Start a server with TLS and log-in, and open a channel that uses both."""

    async def open_it(stage, *replies, **changes):
        server = await start_server(
            extensions=("SIZE 50000000", "8BITMIME", "SMTPUTF8", "STARTTLS", "AUTH PLAIN"),
            script={stage: list(replies)},
            tls=authority.server,
        )
        channel = await open_channel(server.port, **LOGIN, ca_file=authority.file, **changes)
        return server, channel

    return open_it


async def test_a_mail_goes_out_over_a_secured_session_that_is_logged_in(open_at, delivery):
    server, channel = await open_at("END")

    receipt = await channel.send(delivery)

    assert receipt.state is State.ACCEPTED
    assert (receipt.provider, receipt.provider_ref) == ("smtp", "4Z1abc")
    assert receipt.code == "250 2.0.0"
    assert len(server.mails) == 1
    assert server.commands("AUTH")


@pytest.mark.parametrize("stage", BEFORE_MESSAGE)
async def test_a_connection_lost_before_the_message_is_known_not_sent(open_at, delivery, stage):
    server, channel = await open_at(stage, *[DROP] * 9)

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(delivery)

    assert caught.value.reason in (Reason.CONNECT, Reason.RESET)
    assert server.mails == []


@pytest.mark.parametrize("stage", BEFORE_MESSAGE)
async def test_silence_before_the_message_is_known_not_sent(open_at, delivery, stage):
    server, channel = await open_at(stage, *[SILENCE] * 9, **IMPATIENT)

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(delivery)

    assert caught.value.reason in (Reason.CONNECT, Reason.TIMEOUT)
    assert server.mails == []


@pytest.mark.parametrize("stage", BEFORE_MESSAGE)
async def test_a_reply_for_now_before_the_message_may_be_tried_again(open_at, delivery, stage):
    server, channel = await open_at(
        stage, "451 4.3.0 later, li@home.example", *["451 4.3.0 later"] * 8
    )

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(delivery)

    assert caught.value.code == "451 4.3.0"
    assert "li@" not in str(caught.value)
    assert server.mails == []


@pytest.mark.parametrize(
    ("stage", "error", "reason"),
    [
        ("CONNECT", TemporarySendError, Reason.SERVER_ERROR),
        ("STARTTLS", TemporarySendError, Reason.CONFIG),
        ("AUTH", TemporarySendError, Reason.CONFIG),
        ("MAIL", TemporarySendError, Reason.CONFIG),
        ("RCPT", PermanentSendError, Reason.RECIPIENT),
        ("DATA", PermanentSendError, Reason.CONTENT),
        ("END", PermanentSendError, Reason.CONTENT),
    ],
)
async def test_a_final_refusal_is_blamed_on_what_the_stage_is_about(
    open_at, delivery, stage, error, reason
):
    _, channel = await open_at(stage, "550 no")

    with pytest.raises(error) as caught:
        await channel.send(delivery)

    assert caught.value.reason is reason


async def test_a_relay_that_knows_no_ehlo_is_greeted_with_helo(
    start_server, open_channel, delivery
):
    server = await start_server(script={"EHLO": ["502 5.5.1 what?"]})
    channel = await open_channel(server.port)

    await channel.send(delivery)

    assert len(server.mails) == 1


async def test_a_relay_that_refuses_both_greetings_is_at_fault_itself(
    start_server, open_channel, delivery
):
    server = await start_server(script={"EHLO": ["550 no"], "HELO": ["550 no"]})
    channel = await open_channel(server.port)

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(delivery)

    assert caught.value.reason is Reason.SERVER_ERROR


async def test_a_refusal_for_now_of_the_whole_message_is_known_not_sent(open_at, delivery):
    _, channel = await open_at("END", "451 4.7.1 greylisted")

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(delivery)

    assert (caught.value.reason, caught.value.code) == (Reason.REFUSED_FOR_NOW, "451 4.7.1")


@pytest.mark.parametrize(("end", "reason"), [(DROP, Reason.RESET), (SILENCE, Reason.TIMEOUT)])
async def test_without_a_reply_to_the_final_dot_nobody_knows(open_at, delivery, end, reason):
    server, channel = await open_at("END", end, final_timeout=0.2)

    with pytest.raises(UnknownOutcome) as caught:
        await channel.send(delivery)

    assert caught.value.reason is reason
    assert len(server.mails) == 1


@pytest.mark.parametrize("nonsense", ["354 more?", "what?", "999 x"])
async def test_a_reply_to_the_final_dot_that_makes_no_sense_leaves_it_unknown(
    open_at, delivery, nonsense
):
    _, channel = await open_at("END", nonsense)

    with pytest.raises(UnknownOutcome) as caught:
        await channel.send(delivery)

    assert caught.value.reason is Reason.SERVER_ERROR


@pytest.mark.parametrize("nonsense", ["250 fine", "what?"])
async def test_a_reply_to_data_that_makes_no_sense_is_known_not_sent(open_at, delivery, nonsense):
    server, channel = await open_at("DATA", nonsense)

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(delivery)

    assert caught.value.reason is Reason.SERVER_ERROR
    assert server.mails == []


async def test_a_large_mail_whose_end_never_left_is_known_not_sent(
    start_server, open_channel, make_delivery
):
    # More than the buffers of both ends hold, to a relay that stops reading.
    server = await start_server(reads=False)
    channel = await open_channel(server.port, reply_timeout=1)

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(make_delivery(message=_huge(make_delivery().message)))

    assert caught.value.reason is Reason.TIMEOUT


async def test_a_large_mail_broken_off_in_the_middle_is_known_not_sent(
    start_server, open_channel, make_delivery
):
    server = await start_server(script={"BODY": [DROP]})
    channel = await open_channel(server.port)

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(make_delivery(message=_huge(make_delivery().message)))

    assert caught.value.reason is Reason.RESET


async def test_a_large_mail_arrives_whole(start_server, open_channel, make_delivery):
    server = await start_server()
    channel = await open_channel(server.port)

    await channel.send(make_delivery(message=_huge(make_delivery().message)))

    assert len(server.mails[0]) > 12_000_000


async def test_a_refused_connection_is_tried_again_at_once_and_then_reported(
    start_server, open_channel, delivery, clock
):
    server = await start_server()
    await server.stop()
    channel = await open_channel(server.port)

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(delivery)

    assert caught.value.reason is Reason.CONNECT
    assert len(clock.slept) == 2


async def test_a_connection_lost_while_greeting_is_made_again(start_server, open_channel, delivery):
    server = await start_server(script={"CONNECT": [DROP], "EHLO": [DROP]})
    channel = await open_channel(server.port)

    await channel.send(delivery)

    assert (server.sessions, len(server.mails)) == (3, 1)


async def test_a_name_that_no_dns_knows_is_a_failed_connection(open_channel, delivery):
    channel = await open_channel(25, host="relay.invalid")

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(delivery)

    assert caught.value.reason is Reason.CONNECT


def _huge(message):
    return replace(message, parts={**message.parts, "txt": ("潮" * 200 + "\n") * 20_000})
