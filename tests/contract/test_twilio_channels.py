"""What becomes of a send, whatever Twilio and the network do to it: one table for both channels."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession

from channels.sms import SmsChannel, SmsSettings
from channels.voice import VoiceChannel, VoiceSettings
from warnbroker.contracts import ChannelContext
from warnbroker.errors import PermanentSendError, SendError, TemporarySendError, UnknownOutcome
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import Scope, Status
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.receipt import AttemptKey, Reason, State
from warnbroker.model.standing import Standing

NOW = datetime(2026, 7, 1, 2, 10, tzinfo=UTC)
ACCOUNT = {"account_sid": "AC1", "auth_token": "t", "from": "+8610000001"}
MESSAGE = Message(
    1, "any", "en", MessageKind.ALERT, 0, {"txt": "Leave", "script": "Leave", "confirm": "Press 1"}
)
DELIVERY = Delivery(
    AttemptKey("a", 1, 1), "any", "+8613900000001", MESSAGE, "red", NOW + timedelta(hours=1),
    standing=Standing(Status.ACTUAL, Scope.PUBLIC),
)  # fmt: skip
MAKERS = [
    pytest.param(lambda **given: SmsChannel(SmsSettings(**{**ACCOUNT, **given})), id="sms"),
    pytest.param(lambda **given: VoiceChannel(VoiceSettings(**{**ACCOUNT, **given})), id="voice"),
]
both_channels = pytest.mark.parametrize("make", MAKERS)
Make = Callable[..., Any]


@dataclass
class ManualClock:
    """Stands still; a wait is over at once and is written down."""

    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


async def no_regions() -> tuple[()]:
    return ()


def context(session: ClientSession, clock: ManualClock | None = None) -> ChannelContext:
    return ChannelContext(
        clock=clock or ManualClock(),
        session=session,
        public_url="https://warn.example",
        time_zone=ZoneInfo("Asia/Shanghai"),
        languages=("en",),
        names={},
        regions=no_regions,
    )


Talk = Callable[["Peer", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """The far end of the wire: counts connections and requests, and talks as a test wants."""

    talk: Talk
    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.talk(self, reader, writer)
        finally:
            writer.close()

    async def request(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0] or 0)
        self.requests.append(head + await reader.readexactly(length))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[Peer]:
    peer = Peer(talk)
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        peer.over.set()
        server.close()
        await server.wait_closed()


def answer(status: int, body: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body.encode())}", *headers, "", body]
    return "\r\n".join(lines).encode()


def answering(*answers: bytes) -> Talk:
    """Answer each request of a connection in turn, then close it."""

    async def talk(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in answers:
            await peer.request(reader)
            writer.write(reply)
            await writer.drain()

    return talk


async def silent(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await peer.request(reader)
    await peer.over.wait()


async def resetting(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await peer.request(reader)
    writer.transport.abort()


async def hanging_up(
    peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    return None


async def dumb(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await peer.over.wait()


CREATED = '{"sid": "XX1", "status": "queued"}'
TABLE: list[tuple[int, str, type[SendError] | None, Reason | None]] = [
    (201, CREATED, None, None),
    (200, CREATED, None, None),
    (201, "<html>", UnknownOutcome, Reason.SERVER_ERROR),
    (201, "[]", UnknownOutcome, Reason.SERVER_ERROR),
    (201, "{}", UnknownOutcome, Reason.SERVER_ERROR),
    (302, "", TemporarySendError, Reason.CONFIG),
    (400, '{"code": 21211}', PermanentSendError, Reason.RECIPIENT),
    (400, '{"code": 21610}', PermanentSendError, Reason.OPTED_OUT),
    (400, '{"code": 21617}', PermanentSendError, Reason.CONTENT),
    (400, '{"code": 30034}', PermanentSendError, Reason.POLICY),
    (400, '{"code": 21606}', TemporarySendError, Reason.CONFIG),
    (400, '{"code": 99999}', TemporarySendError, Reason.REFUSED_FOR_NOW),
    (400, "<html>", TemporarySendError, Reason.REFUSED_FOR_NOW),
    (401, '{"code": 20003}', TemporarySendError, Reason.CONFIG),
    (403, "", TemporarySendError, Reason.CONFIG),
    (404, '{"code": 20404}', TemporarySendError, Reason.CONFIG),
    (429, '{"code": 20429}', TemporarySendError, Reason.THROTTLED),
    (500, '{"code": 20500}', UnknownOutcome, Reason.SERVER_ERROR),
    (500, '{"code": 21211}', UnknownOutcome, Reason.SERVER_ERROR),
    (503, "<html>", UnknownOutcome, Reason.SERVER_ERROR),
]


@both_channels
@pytest.mark.parametrize(("status", "body", "raised", "reason"), TABLE)
async def test_the_answer_decides_and_is_asked_for_once(
    make: Make, status: int, body: str, raised: type[SendError] | None, reason: Reason | None
) -> None:
    async with listening(answering(answer(status, body))) as peer, ClientSession() as session:
        channel = make(base_url=peer.url)
        await channel.open(context(session))

        outcome = await send(channel)

        assert outcome == (raised, reason)
        assert len(peer.requests) == 1


async def send(channel: Any) -> tuple[type[SendError] | None, Reason | None]:
    try:
        receipt = await channel.send(DELIVERY)
    except SendError as error:
        return type(error), error.reason
    assert (receipt.state, receipt.provider_ref) == (State.ACCEPTED, "XX1")
    return None, None


@both_channels
@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        pytest.param(silent, (UnknownOutcome, Reason.TIMEOUT), id="no answer"),
        pytest.param(resetting, (UnknownOutcome, Reason.RESET), id="reset after the request"),
        pytest.param(hanging_up, (UnknownOutcome, Reason.RESET), id="closed without reading"),
        pytest.param(
            answering(answer(201, CREATED)[:-5]), (UnknownOutcome, Reason.RESET), id="cut short"
        ),
        pytest.param(
            answering(answer(429, '{"code": 20429}')[:-5]),
            (TemporarySendError, Reason.THROTTLED),
            id="a refusal cut short",
        ),
        pytest.param(
            answering(b"220 relay ESMTP\r\n\r\n"), (UnknownOutcome, Reason.RESET), id="not HTTP"
        ),
    ],
)
async def test_what_breaks_after_the_request_was_written_is_unknown_and_not_repeated(
    make: Make, talk: Talk, expected: tuple[type[SendError], Reason]
) -> None:
    async with listening(talk) as peer, ClientSession() as session:
        channel = make(base_url=peer.url, read_timeout=0.2)
        await channel.open(context(session))

        outcome = await send(channel)

        assert outcome == expected
        assert peer.connections == 1


@both_channels
@pytest.mark.parametrize(
    ("scheme", "talk"),
    [("https", dumb), ("http", silent), ("http", resetting), ("http", answering(answer(500, "")))],
)
async def test_a_failed_look_up_shows_no_number(make: Make, scheme: str, talk: Talk) -> None:
    """Its address holds the number, and aiohttp's errors hold the address."""
    async with listening(talk) as peer, ClientSession() as session:
        url = peer.url.replace("http", scheme)
        channel = make(base_url=url, read_timeout=0.2, connect_timeout=0.2)
        await channel.open(context(session))

        with pytest.raises(SendError) as failed:
            await channel.look_up(DELIVERY, NOW)

        assert "13900000001" not in "".join(traceback.format_exception(failed.value))


@both_channels
async def test_a_redirect_is_not_followed(make: Make) -> None:
    moved = answer(307, "", "Location: /elsewhere")
    async with (
        listening(answering(moved, answer(201, CREATED))) as peer,
        ClientSession() as session,
    ):
        channel = make(base_url=peer.url)
        await channel.open(context(session))

        assert await send(channel) == (TemporarySendError, Reason.CONFIG)
        assert len(peer.requests) == 1


@both_channels
async def test_a_stale_connection_is_not_posted_to_twice(make: Make) -> None:
    """The peer keeps the connection after one answer, and drops it at the next request."""

    async def talk(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await peer.request(reader)
        writer.write(answer(201, CREATED))
        await peer.request(reader)
        writer.transport.abort()

    async with listening(talk) as peer, ClientSession() as session:
        channel = make(base_url=peer.url)
        await channel.open(context(session))

        outcomes = [await send(channel), await send(channel)]

        assert outcomes == [(None, None), (UnknownOutcome, Reason.RESET)]
        assert (peer.connections, len(peer.requests)) == (1, 2)


@both_channels
async def test_a_refused_connection_is_known_not_sent(make: Make) -> None:
    async with listening(silent) as peer:
        closed = peer.url
    async with ClientSession() as session:
        channel = make(base_url=closed)
        await channel.open(context(session))

        assert await send(channel) == (TemporarySendError, Reason.CONNECT)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[str]]:
    """Let a name be found only after so many look-ups; return who was asked for."""
    loop = asyncio.get_event_loop()
    look_up, asked = loop.getaddrinfo, list[str]()

    def lost(times: int) -> list[str]:
        async def getaddrinfo(host: str, port: int, **given: Any) -> Any:
            asked.append(host)
            if len(asked) <= times:
                raise OSError(None, "no such name")
            return await look_up("127.0.0.1", port, **given)

        monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
        return asked

    return lost


@both_channels
async def test_a_name_that_nobody_knows_is_known_not_sent(
    make: Make, names: Callable[[int], list[str]]
) -> None:
    asked = names(9)
    async with ClientSession() as session:
        channel = make(base_url="https://api.twilio.example")
        await channel.open(context(session))

        assert await send(channel) == (TemporarySendError, Reason.CONNECT)
        assert asked == ["api.twilio.example"] * 3


@both_channels
async def test_a_failed_handshake_is_tried_three_times_and_known_not_sent(make: Make) -> None:
    clock = ManualClock()
    async with listening(hanging_up) as peer, ClientSession() as session:
        channel = make(base_url=peer.url.replace("http:", "https:"))
        await channel.open(context(session, clock))

        assert await send(channel) == (TemporarySendError, Reason.CONNECT)
        assert peer.connections == 3
        assert sum(clock.waits) < 1


@both_channels
async def test_a_handshake_that_never_ends_is_known_not_sent(make: Make) -> None:
    async with listening(dumb) as peer, ClientSession() as session:
        channel = make(base_url=peer.url.replace("http:", "https:"), connect_timeout=0.1)
        await channel.open(context(session))

        assert await send(channel) == (TemporarySendError, Reason.CONNECT)


@both_channels
async def test_a_connection_that_comes_at_the_second_try_is_used(
    make: Make, names: Callable[[int], list[str]]
) -> None:
    names(1)
    async with listening(answering(answer(201, CREATED))) as peer, ClientSession() as session:
        channel = make(base_url=f"http://api.twilio.example:{peer.port}")
        await channel.open(context(session))

        assert await send(channel) == (None, None)
        assert len(peer.requests) == 1
