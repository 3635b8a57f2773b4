"""Sessions with the relay: how they are opened, shared, replaced and ended."""

import asyncio

import pytest

from warnbroker.errors import TemporarySendError
from warnbroker.model.receipt import Reason, State

DROP, SILENCE = "drop", "silence"


@pytest.fixture(params=[(), ("PIPELINING",)], ids=["one by one", "pipelined"])
def announced(request):
    return request.param


def settings_of(authority, tls):
    return {"tls": tls, "ca_file": authority.file}


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
    channel = await open_channel(server.port, reply_timeout=1)
    await channel.send(delivery)

    receipt = await channel.send(delivery)

    assert receipt.state is State.ACCEPTED
    assert (server.sessions, len(server.mails)) == (2, 2)


async def test_a_relay_that_asks_for_time_and_hangs_up_is_given_that_time(
    start_server, open_channel, delivery
):
    server = await start_server(script={"MAIL": ["421 4.7.0 too many messages"]})
    channel = await open_channel(server.port)

    with pytest.raises(TemporarySendError) as caught:
        await channel.send(delivery)

    assert (caught.value.reason, caught.value.retry_after) == (Reason.THROTTLED, 10)


async def test_a_mail_under_way_when_the_channel_closes_still_has_its_outcome(
    start_server, open_channel, delivery
):
    server = await start_server(script={"RCPT": ["hold 250 ok"]})
    channel = await open_channel(server.port)
    sending = asyncio.create_task(channel.send(delivery))
    await server.until(lambda: bool(server.commands("RCPT")))

    await channel.close()
    server.released.set()

    assert (await sending).state is State.ACCEPTED


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

    assert server.sessions == 2
    assert len([mail for mail in server.mails if mail]) == 1


@pytest.mark.parametrize("text", ["4.3.2 closing", "4.7.28 too fast", "4.2.1 later", "bye"])
@pytest.mark.parametrize("stage", ["RCPT", "DATA", "END"])
async def test_421_ends_the_session(start_server, open_channel, delivery, stage, text):
    server = await start_server(script={stage: [f"421 {text}"]})
    channel = await open_channel(server.port)
    with pytest.raises(TemporarySendError):
        await channel.send(delivery)

    await channel.send(delivery)

    assert (server.sessions, server.commands("RSET")) == (2, [])


async def test_a_send_that_is_cancelled_leaves_no_session_in_the_middle_of_a_mail(
    start_server, open_channel, delivery
):
    server = await start_server(script={"RCPT": ["hold 250 ok"]})
    channel = await open_channel(server.port)
    sending = asyncio.create_task(channel.send(delivery))
    await server.until(lambda: bool(server.commands("RCPT")))

    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    server.released.set()
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


async def test_a_session_that_speaks_unasked_is_replaced(start_server, open_channel, delivery):
    server = await start_server(script={"END": ["250 ok\r\n421 4.4.2 idle"]})
    channel = await open_channel(server.port)
    await channel.send(delivery)

    receipt = await channel.send(delivery)

    assert (receipt.code, server.sessions) == ("250 2.0.0", 2)


async def test_a_reply_without_an_end_is_given_up_long_before_it_fills_the_memory(
    start_server, open_channel, delivery
):
    server = await start_server(script={"MAIL": ["250-more\r\n" * 20_000] * 2})
    channel = await open_channel(server.port)

    with pytest.raises(TemporarySendError):
        await channel.send(delivery)
