"""The voice channel against the simulated provider over HTTP, with the folded state of its call."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession, web
from msgspec import structs
from shapely import box

from channels.voice import VoiceChannel, VoiceSettings
from warnbroker.api.receipts import ReceiptResource
from warnbroker.contracts import ChannelContext
from warnbroker.intake.hearing import Hearing
from warnbroker.model.alert import Alert, Info, Resource
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import Category, Certainty, MsgType, Scope, Severity, Status, Urgency
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.receipt import AttemptKey, Evidence, Receipt, State
from warnbroker.model.standing import Standing
from warnbroker.receipts.fold import fold
from warnbroker.simulator.faults import FaultScript
from warnbroker.simulator.journal import Kind
from warnbroker.simulator.server import Simulator, SimulatorSettings

ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "simulated"
ALERT, CANCEL = "a" * 26, "b" * 26
LEVEL = Level("red", 1, "I", "#d00000", {"en": "Red"}, timedelta(hours=6), True)
CHINESE = {"script": "风暴潮红色预警，请立即撤离。", "confirm": "请按1确认。", "thanks": "谢谢。"}
ENGLISH = {"script": "Storm surge. Leave now.", "confirm": "Press 1.", "thanks": "Thank you."}
ENDED = {"script": "The warning was cancelled.", "confirm": "Press 1.", "thanks": "Thank you."}


def messages(kind: MessageKind = MessageKind.ALERT, **parts: dict[str, str]) -> tuple[Message, ...]:
    texts = parts or {"zh": CHINESE, "en": ENGLISH}
    return tuple(
        Message(number, "voice", {"zh": "zh-CN"}.get(tag, tag), kind, 0, text)
        for number, (tag, text) in enumerate(texts.items(), 1)
    )


def publication(
    texts: tuple[Message, ...],
    *,
    resources: tuple[Resource, ...] = (),
    lasts: timedelta = timedelta(hours=1),
    supersedes: tuple[str, ...] = (),
    **alert: Any,
) -> Publication:
    now = datetime.now(UTC)
    info = Info(
        "Storm surge", (Category.MET,), Urgency.IMMEDIATE, Severity.EXTREME, Certainty.OBSERVED,
        language="zh-CN", resources=resources,
    )  # fmt: skip
    given = {"status": Status.ACTUAL, "msg_type": MsgType.ALERT, "scope": Scope.PUBLIC}
    said = Alert(identifier="1", sender="w@x.example", sent=now, **(given | alert))
    area = box(24, 60, 25, 61)
    public_id = CANCEL if said.msg_type is MsgType.CANCEL else ALERT
    return Publication(
        public_id, ALERT, said, LEVEL, now, now + lasts, area,
        (Group(0, LEVEL, (info,), area),), (), texts, b"<alert/>", supersedes,
    )  # fmt: skip


class RealClock:
    """Tells the real time; passes none in a sleep."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass
class Exchange:
    """A channel, its provider, and all the evidence between them."""

    channel: VoiceChannel
    simulator: Simulator
    url: str
    session: ClientSession
    evidence: list[Evidence] = field(default_factory=list)

    async def record(self, evidence: Any) -> None:
        self.evidence += [item for item in evidence if item not in self.evidence]

    async def call(self, message: Message, *, attempt: int = 1, **changes: Any) -> Receipt:
        key = AttemptKey(changes.pop("alert", ALERT), 7, attempt)
        standing = Standing(changes.pop("status", Status.ACTUAL), Scope.PUBLIC)
        delivery = Delivery(
            key, "voice", "+15550000001", message, "red", datetime.now(UTC) + timedelta(hours=1),
            standing=standing,
        )  # fmt: skip
        receipt = await self.channel.send(structs.replace(delivery, **changes))
        await self.record([Evidence(key, receipt)])
        await self.simulator.settle()
        return receipt

    @property
    def state(self) -> State:
        receipts = [(item.key.attempt, item.receipt) for item in self.evidence]
        return fold({number for number, _ in receipts}, receipts, waiting=False).state

    @property
    def last(self) -> Receipt:
        """Return the evidence that decided."""
        return next(i.receipt for i in reversed(self.evidence) if i.receipt.state is self.state)

    @property
    def heard(self) -> list[str]:
        (entry,) = self.simulator.journal.entries(Kind.HEARD)
        assert entry["fault"] == ""
        return entry["text"].splitlines()


Start = Callable[..., Any]


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Start]:
    """Start a provider with faults, and a channel that it reports to."""
    closing: list[Callable[[], Any]] = []

    async def start(faults: Any = None, *, far: Any = None, **settings: Any) -> Exchange:
        script = FaultScript.model_validate(faults or {})
        given = {"press_rate": 0, "machine_rate": 0, "callback_delay": (0, 0)} | (far or {})
        simulator = Simulator(
            SimulatorSettings(account_sid=ACCOUNT, auth_token=TOKEN, faults=script, **given),
            RealClock(),
        )
        closing.append(simulator.stop)
        await simulator.start()
        session = ClientSession()
        closing.append(session.close)
        account = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": "+15551999999"}
        channel = VoiceChannel(
            VoiceSettings(
                **{"base_url": simulator.http_url, "directory": tmp_path / "voice"}
                | account
                | settings
            )
        )
        made = Exchange(channel, simulator, "", session)
        made.url = await _serve(made, closing)
        await channel.open(_context(session, made.url))
        return made

    yield start
    for close in reversed(closing):
        await close()


async def _serve(made: Exchange, closing: list[Callable[[], Any]]) -> str:
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    receipts = ReceiptResource({"voice": made.channel}, made, Hearing(), url)
    application = web.Application()
    application.add_routes([*receipts.routes(), *made.channel.routes()])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    closing.append(runner.cleanup)
    await web.SockSite(runner, listening).start()
    return url


async def _no_regions() -> tuple[()]:
    return ()


def _context(session: ClientSession, url: str) -> ChannelContext:
    return ChannelContext(
        clock=RealClock(), session=session, public_url=url, time_zone=ZoneInfo("Asia/Shanghai"),
        languages=("zh-CN", "en"), names={}, regions=_no_regions,
    )  # fmt: skip
