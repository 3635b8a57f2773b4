"""A centre in a process of its own, and a channel that is bound to it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession

from channels.sms import SmsChannel, SmsSettings
from tests.ports import free_port
from warnbroker.contracts import CallbackAnswer, ChannelContext
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import Scope, Status
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.receipt import AttemptKey
from warnbroker.model.standing import Standing

NOW = datetime(2026, 7, 1, 2, 10, tzinfo=UTC)
SCRIPT = Path(__file__).with_name("centre.py")


@dataclass
class Centre:
    """A centre's process: what it was asked, in order, and what it is told to send."""

    port: int
    process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, port: int = 0, *flags: str) -> "Centre":
        port = port or free_port()
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(SCRIPT), str(port), *flags,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        centre = cls(port, process)
        await centre.event("ready")
        return centre

    async def event(self, *names: str) -> dict[str, Any]:
        """Return the next event of a kind, or of one of several."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            event: dict[str, Any] = json.loads(line)
            if event.keys() & set(names):
                return event
        raise EOFError(names)

    def deliver(self, text: str | bytes, **wanted: Any) -> None:
        """Have it send a text or a receipt."""
        body = text if isinstance(text, bytes) else text.encode("ascii")
        self._order({"source": "358401234567", "body": body.hex(), **wanted})

    def accept(self) -> None:
        """Have it take the texts that it has left without an answer."""
        self._order({"accept": True})

    def _order(self, order: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")

    async def end(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self.process.kill()
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()


@pytest.fixture
async def centre() -> AsyncIterator[Centre]:
    started = await Centre.start()
    yield started
    await started.end()


@dataclass
class Ledger:
    """Takes reports; raises what it is told to; answers what is said with these words."""

    kept: list[CallbackAnswer] = field(default_factory=list)
    fails_with: Exception | None = None
    answers: Sequence[str] = ()
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def report(self, answer: CallbackAnswer) -> Sequence[str]:
        if self.fails_with:
            raise self.fails_with
        self.kept.append(answer)
        self.came.set()
        return self.answers


class StandingClock:
    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        return None


async def no_regions() -> tuple[()]:
    return ()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
async def opened(ledger: Ledger) -> AsyncIterator[Callable[..., Any]]:
    """Open a channel with one bind: ``await opened(centre.port, window=2)``."""
    channels = []
    async with ClientSession() as session:

        async def build(port: int, **more: Any) -> SmsChannel:
            account = {
                "type": "smpp", "host": "127.0.0.1", "port": port, "system_id": "broker",
                "password": "secret", "from": "Vaara", "connect_timeout": 5, "read_timeout": 5,
            }  # fmt: skip
            channel = SmsChannel(SmsSettings(providers={"carrier": account | more}))
            channels.append(channel)
            await channel.open(
                ChannelContext(
                    clock=StandingClock(),
                    session=session,
                    public_url="",
                    time_zone=ZoneInfo("UTC"),
                    languages=("en",),
                    names={},
                    regions=no_regions,
                    report=ledger.report,
                )
            )
            return channel

        yield build
        for channel in channels:
            await channel.close()


@pytest.fixture
def delivery() -> Callable[..., Delivery]:
    def build(text: str = "Leave now.", to: str = "+358401234567") -> Delivery:
        return Delivery(
            AttemptKey("a" * 26, 7, 1),
            "sms",
            to,
            Message(1, "sms", "en", MessageKind.ALERT, 0, {"txt": text}),
            "red",
            NOW + timedelta(hours=2),
            standing=Standing(Status.ACTUAL, Scope.PUBLIC),
            provider="carrier",
        )

    return build
