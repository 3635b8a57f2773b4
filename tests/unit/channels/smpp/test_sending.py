"""What a centre gets, and what becomes of a text, whatever it answers."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiosmpplib import SmppCommandStatus

from channels._codes import load_codes
from tests.ports import free_port
from tests.unit.channels.smpp.conftest import Centre
from warnbroker.errors import PermanentSendError, SendError, TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import Evidence, Reason, Receipt, State

RAISED = {
    State.FAILED_TEMP: TemporarySendError,
    State.FAILED_PERM: PermanentSendError,
    State.UNKNOWN: UnknownOutcome,
}
STATUSES = load_codes("smpp")["command_status"].rows
LONG = "Leave now for the school. " * 12  # 312 septets
CHINESE = "风暴潮红色预警" * 15  # 105 code units


async def outcome(channel, delivery) -> tuple[type[SendError] | None, Reason | None]:
    try:
        await channel.send(delivery)
    except SendError as error:
        return type(error), error.reason
    return None, None


async def test_a_short_text_is_one_submit(centre, opened, delivery):
    channel = await opened(centre.port)

    receipt = await channel.send(delivery("Poistukaa: €5 {nyt}"))

    assert receipt == Receipt(State.ACCEPTED, "carrier", "m1", code="ESME_ROK", by_ref=True)
    got = await centre.event("submit")
    assert (got["to"], got["dest"]) == ("358401234567", [1, 1])
    assert (got["source"], got["origin"]) == ("Vaara", [5, 0])
    assert (got["esm"], got["coding"], got["receipt"]) == (0, 0, 1)
    assert bytes.fromhex(got["body"]) == b"Poistukaa: \x1b\x655 \x1b\x28nyt\x1b\x29"


async def test_a_long_text_goes_in_numbered_parts_that_add_up(centre, opened, delivery):
    channel = await opened(centre.port)

    receipt = await channel.send(delivery(LONG))

    assert (receipt.provider_ref, set(receipt.more_refs)) == ("m1", {"m2", "m3"})
    got = [await centre.event("submit") for _ in range(3)]
    bodies = [bytes.fromhex(part["body"]) for part in got]
    assert {part["esm"] for part in got} == {0x40}
    assert [body[:3] for body in bodies] == [b"\x05\x00\x03"] * 3
    assert len({body[3] for body in bodies}) == 1
    assert {(body[4], body[5]) for body in bodies} == {(3, 1), (3, 2), (3, 3)}
    assert max(len(body) for body in bodies) == 6 + 153
    texts = [body[6:] for body in sorted(bodies, key=lambda body: body[5])]
    assert b"".join(texts) == LONG.strip().encode()


async def test_two_texts_to_one_phone_have_different_numbers(centre, opened, delivery):
    channel = await opened(centre.port)

    await channel.send(delivery(LONG))
    await channel.send(delivery(LONG + "Now."))

    got = [await centre.event("submit") for _ in range(6)]
    assert len({bytes.fromhex(part["body"])[3] for part in got}) == 2


async def test_chinese_goes_as_ucs_2(centre, opened, delivery):
    channel = await opened(centre.port)

    await channel.send(delivery(CHINESE))

    got = [await centre.event("submit") for _ in range(2)]
    bodies = sorted((bytes.fromhex(part["body"]) for part in got), key=lambda body: body[5])
    assert {part["coding"] for part in got} == {8}
    assert b"".join(body[6:] for body in bodies).decode("utf-16-be") == CHINESE


async def test_a_centre_may_want_a_long_text_whole(centre, opened, delivery):
    channel = await opened(centre.port, long="payload")

    receipt = await channel.send(delivery(CHINESE))

    got = await centre.event("submit")
    assert (got["esm"], got["coding"], got["body"]) == (0, 8, "")
    assert bytes.fromhex(got["payload"]).decode("utf-16-be") == CHINESE
    assert receipt.more_refs == ()


@pytest.mark.parametrize(
    ("sender", "address", "origin"),
    [
        ("+358457000000", "358457000000", [1, 1]),
        ("12345", "12345", [3, 0]),
        ("Vaara", "Vaara", [5, 0]),
    ],
)
async def test_a_sender_is_put_as_what_it_is(centre, opened, delivery, sender, address, origin):
    channel = await opened(centre.port, **{"from": sender})

    await channel.send(delivery())

    got = await centre.event("submit")
    assert (got["source"], got["origin"]) == (address, origin)


async def test_the_sender_is_that_of_the_recipients_country(centre, opened, delivery):
    channel = await opened(centre.port, senders={"CN": "106", "+35850": "50"})

    for number in ("+8613900000001", "+358401234567", "+358501234567"):
        await channel.send(delivery(to=number))

    got = [await centre.event("submit") for _ in range(3)]
    assert [part["source"] for part in got] == ["106", "Vaara", "50"]


@pytest.mark.parametrize("row", [pytest.param(row, id=row.codes[0]) for row in STATUSES])
async def test_every_status_is_judged_by_its_row(opened, delivery, row):
    for code in row.codes:
        async with answering(number_of(code)) as port:
            channel = await opened(port)
            got = await outcome(channel, delivery())
            await channel.close()
        assert got == (RAISED[row.verdict.state], row.verdict.reason), code


def number_of(code: str) -> int:
    """Return a status as it travels; 0x0400 and beyond are a centre's own."""
    named = code in SmppCommandStatus.__members__
    return int(SmppCommandStatus[code]) if named else int(code.replace("default", "1025"))


@asynccontextmanager
async def answering(status: int, bind: int = 0) -> AsyncIterator[int]:
    """Answer binds and everything after them with a status, also one that no library knows."""

    async def talk(reader, writer):
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readexactly(16):
                length, command, _, number = struct.unpack("!IIII", head)
                await reader.readexactly(length - 16)
                said = bind if command == 9 else status if command == 4 else 0
                writer.write(struct.pack("!IIII", 16, command | 1 << 31, said, number))
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_a_sender_that_is_refused_is_the_only_one_that_is_stopped(centre, opened, delivery):
    channel = await opened(centre.port)

    with pytest.raises(TemporarySendError) as refused:
        await channel.send(delivery(to="+990000000010"))

    assert (refused.value.code, refused.value.scope) == ("ESME_RINVSRCADR", "from/Vaara")


async def test_a_submit_without_an_answer_stays_unknown(centre, opened, delivery):
    channel = await opened(centre.port, read_timeout=0.2)

    assert await outcome(channel, delivery(to="+980000000001")) == (UnknownOutcome, Reason.TIMEOUT)
    assert await outcome(channel, delivery()) == (None, None)


async def test_an_answer_that_comes_late_still_tells_what_its_receipts_are_called(
    centre, opened, delivery, ledger
):
    channel = await opened(centre.port, read_timeout=0.2)
    late = delivery(to="+980000000001")
    assert await outcome(channel, late) == (UnknownOutcome, Reason.TIMEOUT)

    centre.accept()
    await ledger.came.wait()

    accepted = Receipt(State.ACCEPTED, "carrier", "m1", code="ESME_ROK", by_ref=True)
    assert ledger.kept[0].evidence == (Evidence(late.key, accepted),)


async def test_a_long_text_is_taken_once_all_of_its_parts_are(centre, opened, delivery, ledger):
    """The first part is answered too late, so the others were never sent."""
    channel = await opened(centre.port, read_timeout=0.2)
    assert await outcome(channel, delivery(LONG, to="+980000000001")) == (
        UnknownOutcome,
        Reason.TIMEOUT,
    )

    centre.accept()
    await channel.send(delivery())

    assert ledger.kept == []


async def test_only_so_many_answers_are_waited_for_in_vain(monkeypatch, opened, delivery, ledger):
    monkeypatch.setattr("channels.sms.smpp.session._LATE_KEPT", 1)
    asked = []

    async def talk(reader, writer):
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readexactly(16):
                length, command, _, number = struct.unpack("!IIII", head)
                await reader.readexactly(length - 16)
                if command == 4:
                    asked.append(number)
                for late in asked if len(asked) == 3 else [number] if command != 4 else []:
                    said = 4 if command == 4 else command
                    ref = f"m{late}\0".encode()
                    writer.write(struct.pack("!IIII", 16 + len(ref), said | 1 << 31, 0, late) + ref)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    channel = await opened(server.sockets[0].getsockname()[1], read_timeout=0.1)
    for _ in range(2):
        assert await outcome(channel, delivery()) == (UnknownOutcome, Reason.TIMEOUT)

    await channel.send(delivery())
    await channel.close()
    server.close()

    assert [kept.evidence[0].receipt.provider_ref for kept in ledger.kept] == [f"m{asked[1]}"]


async def test_a_lost_session_leaves_open_what_it_had_not_answered(centre, opened, delivery):
    channel = await opened(centre.port, window=3)

    got = await asyncio.gather(
        outcome(channel, delivery(to="+980000000001")),
        outcome(channel, delivery(to="+980000000002")),
        outcome(channel, delivery(to="+970000000003")),
    )

    assert got == [(UnknownOutcome, Reason.RESET)] * 3


async def test_a_centre_that_is_not_there_is_known_not_sent(opened, delivery):
    channel = await opened(free_port())

    assert await outcome(channel, delivery()) == (TemporarySendError, Reason.CONNECT)
    assert channel.faults() == ["channels.sms.providers.carrier: connect: ConnectionRefusedError"]


async def test_a_centre_that_comes_back_is_bound_to_again(centre, opened, delivery):
    channel = await opened(centre.port)
    await channel.send(delivery())
    await centre.end()
    again = await Centre.start(centre.port)

    await again.event("bound")
    await channel.send(delivery())

    assert (await again.event("submit"))["to"] == "358401234567"
    assert channel.faults() == []
    await again.end()


async def test_several_binds_share_the_work(centre, opened, delivery):
    channel = await opened(centre.port, binds=2, window=1, read_timeout=0.5)

    for _ in range(2):
        await centre.event("bound")
    got = await asyncio.gather(
        outcome(channel, delivery(to="+980000000001")), outcome(channel, delivery())
    )

    assert got == [(UnknownOutcome, Reason.TIMEOUT), (None, None)]


async def test_the_window_is_never_exceeded(centre, opened, delivery):
    channel = await opened(centre.port, window=1, read_timeout=5, connect_timeout=0.2)
    open_send = asyncio.create_task(outcome(channel, delivery(to="+980000000001")))
    await centre.event("submit")

    got = await outcome(channel, delivery())

    assert got == (TemporarySendError, Reason.PROVIDER_BUSY)
    open_send.cancel()


async def test_a_channel_that_closes_says_goodbye(centre, opened, delivery):
    channel = await opened(centre.port)
    await channel.send(delivery())

    await channel.close()

    assert await centre.event("unbound")


async def test_a_refused_bind_names_its_cause(opened, delivery):
    async with answering(0, bind=0x0E) as port:
        channel = await opened(port)

        got = await outcome(channel, delivery())

    assert got == (TemporarySendError, Reason.CONFIG)
    assert channel.faults() == [
        "channels.sms.providers.carrier: config: the centre answered ESME_RINVPASWD"
    ]
