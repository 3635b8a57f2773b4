"""A real SMTP server that does at each stage what a test says, and what a test sends through it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession, web

from channels.email import EmailChannel, EmailSettings
from tests.unit.channels.authority import Authority, make_authority
from warnbroker.contracts import CallbackAnswer, ChannelContext, Said
from warnbroker.errors import StoreError
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import Scope, Status
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.receipt import AttemptKey, Evidence
from warnbroker.model.standing import Standing

DROP = "drop"
SILENCE = "silence"
HOLD = "hold "
ALERT = "abcdefghijklmnopqrstuvwxyz"
DEFAULTS = {
    "CONNECT": "220 relay.example ESMTP",
    "RSET": "250 2.0.0 ok",
    "STARTTLS": "220 2.0.0 go",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go",
    "END": "250 2.0.0 Ok: queued as 4Z1abc",
    "QUIT": "221 2.0.0 bye",
}


@dataclass(eq=False)
class ScriptedServer:
    """``script`` holds, by stage, the replies to give in turn before the usual one.

    A reply may be ``DROP`` (reset the connection) or ``SILENCE`` (say nothing until the
    client gives up); after ``HOLD`` the rest is said when ``released``. The stage BODY is
    in the middle of a message, END after its dot. Without ``reads`` a message is asked
    for and never read; an ``eager`` server asks for one that is for nobody.
    """

    extensions: tuple[str, ...] = ("SIZE 50000000", "8BITMIME", "SMTPUTF8")
    script: dict[str, list[str]] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    reads: bool = True
    eager: bool = False
    lines: list[tuple[int, str]] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    sessions: int = 0
    port: int = 0

    async def start(self) -> None:
        self._changed = asyncio.Condition()
        self.released = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self.tls if self.implicit else None
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.drop_all()

    def drop_all(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def until(self, happened: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(happened)

    def commands(self, verb: str) -> list[str]:
        return [line for _, line in self.lines if line.split(" ")[0].split(":")[0] == verb]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions += 1
        number = self.sessions
        self._writers.add(writer)
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            await self._converse(number, reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # The client hung up, or the test is over.
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _converse(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await self._answer("CONNECT", writer)
        taken: list[str] | None = None
        while line := (await reader.readline()).decode():
            await self._note(number, line.rstrip("\r\n"))
            verb = line.split()[0].upper()
            if verb in ("EHLO", "HELO"):
                await self._hello(verb, writer)
                continue
            if verb == "DATA" and not taken and not self.eager:
                writer.write(b"503 5.5.1 no valid recipients\r\n")
                continue
            code = await self._answer(verb, writer)
            taken = _taken_after(taken, line, code)
            if verb == "DATA" and code == "354":
                self.recipients.append(taken or [])
                taken = None
                await self._take(reader, writer)
            elif verb == "STARTTLS" and code == "220":
                assert self.tls
                await writer.start_tls(self.tls)
            elif verb == "QUIT":
                return

    async def _hello(self, verb: str, writer: asyncio.StreamWriter) -> None:
        if self.script.get(verb):
            await self._answer(verb, writer)
            return
        names = ["relay.example", *self.extensions] if verb == "EHLO" else ["relay.example"]
        marks = ["-"] * (len(names) - 1) + [" "]
        text = "".join(f"250{mark}{name}\r\n" for mark, name in zip(marks, names, strict=True))
        writer.write(text.encode())

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.reads:
            await asyncio.Event().wait()
        if "BODY" in self.script:
            await reader.readline()
            await self._answer("BODY", writer)
        lines = []
        while (line := await reader.readline()) != b".\r\n":
            if not line:
                return
            lines.append(line)
        self.mails.append(b"".join(lines))
        await self._answer("END", writer)

    async def _answer(self, stage: str, writer: asyncio.StreamWriter) -> str:
        turns = self.script.get(stage)
        reply = turns.pop(0) if turns else DEFAULTS.get(stage, "500 5.5.1 what?")
        if reply == SILENCE:
            await asyncio.Event().wait()
        if reply.startswith(HOLD):
            await self.released.wait()
            reply = reply.removeprefix(HOLD)
        if reply == DROP:
            writer.transport.abort()
            raise ConnectionResetError
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()
        return reply[:3]

    async def _note(self, number: int, line: str) -> None:
        async with self._changed:
            self.lines.append((number, line))
            self._changed.notify_all()


def _taken_after(taken: list[str] | None, line: str, code: str) -> list[str] | None:
    """Return who is taken for a mail after a command; None before a sender is."""
    verb = line.split(maxsplit=1)[0].upper()
    if verb == "MAIL":
        return [] if code == "250" else None
    if verb == "RCPT" and taken is not None and code == "250":
        return [*taken, line.partition("<")[2].partition(">")[0]]
    return None if verb == "RSET" else taken


class InstantClock:
    """The real time; waiting takes none of it."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Ear:
    """Takes what the channel reports; ``deaf`` as a ledger that refuses, and answers all alike."""

    def __init__(self) -> None:
        self.heard: list[CallbackAnswer] = []
        self.deaf = False
        self.answer = "heard"

    async def report(self, answer: CallbackAnswer) -> list[str]:
        if self.deaf:
            raise StoreError("the disk is full")
        self.heard.append(answer)
        return [self.answer] * len(answer.said)

    @property
    def said(self) -> list[Said]:
        return [said for answer in self.heard for said in answer.said]

    @property
    def evidence(self) -> list[Evidence]:
        return [item for answer in self.heard for item in answer.evidence]


MESSAGE = Message(
    id=7,
    channel="email",
    language="zh-CN",
    kind=MessageKind.ALERT,
    group=0,
    parts={
        "subject": "【红色预警】示范港市风暴潮",
        "txt": "请立即撤离。\n.开头有点的一行\n",
        "html": "<p>请立即<b>撤离</b>。</p>\n",
    },
)


def a_delivery(address: str = "li@home.example", **changes: object) -> Delivery:
    values: dict[str, object] = {
        "key": AttemptKey(ALERT, 42, 1),
        "channel": "email",
        "address": address,
        "message": MESSAGE,
        "level": "red",
        "expires": datetime.now(UTC) + timedelta(hours=1),
        "standing": Standing(Status.ACTUAL, Scope.PUBLIC),
    }
    return Delivery(**(values | changes))  # type: ignore[arg-type]  # the tests' own shorthand


@pytest.fixture
def delivery() -> Delivery:
    return a_delivery()


@pytest.fixture
def make_delivery() -> Callable[..., Delivery]:
    return a_delivery


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def clock() -> InstantClock:
    return InstantClock()


@pytest.fixture
def announced() -> tuple[str, ...]:
    """What every server announces besides its own extensions; modules say otherwise."""
    return ()


@pytest.fixture
async def start_server(
    announced: tuple[str, ...],
) -> AsyncIterator[Callable[..., Awaitable[ScriptedServer]]]:
    started: list[ScriptedServer] = []

    async def start(**fields: object) -> ScriptedServer:
        server = ScriptedServer(**fields)  # type: ignore[arg-type]  # the tests' own shorthand
        server.extensions = (*server.extensions, *announced)
        await server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        await server.stop()


@pytest.fixture
async def open_channel(
    clock: InstantClock,
    ear: Ear,
) -> AsyncIterator[Callable[..., Awaitable[EmailChannel]]]:
    opened: list[EmailChannel] = []
    async with ClientSession() as session:

        async def no_regions() -> tuple[()]:
            return ()

        async def open_it(port: int, **changes: object) -> EmailChannel:
            settings = {
                "host": "127.0.0.1",
                "port": port,
                "from": "示范港市应急管理局 <warn@city.example>",
                "tls": "none",
                "reply_timeout": 5,
                "final_timeout": 5,
                "connect_timeout": 5,
            }
            channel = EmailChannel(EmailSettings.model_validate(settings | changes))
            zone = ZoneInfo("UTC")
            context = ChannelContext(
                clock,
                session,
                "https://warn.example",
                zone,
                ("zh-CN", "en"),
                {},
                no_regions,
                ear.report,
            )
            opened.append(channel)
            await channel.open(context)
            return channel

        yield open_it
        for channel in opened:
            await channel.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
async def serve_app() -> AsyncIterator[Callable[[web.Application], Awaitable[str]]]:
    """Serve an application; return its address."""
    runners: list[web.AppRunner] = []

    async def serve(app: web.Application) -> str:
        runner = web.AppRunner(app)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield serve
    for runner in runners:
        await runner.cleanup()
