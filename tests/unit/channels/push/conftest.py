"""A push service that opens what comes, as the browser would; and what the tests share."""

import base64
import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import http_ece
import pytest
from aiohttp import ClientSession, web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import structs
from shapely import box

from channels.push import PushChannel, PushSettings
from warnbroker.api.problem import problems
from warnbroker.api.receipts import ReceiptResource
from warnbroker.contracts import ChannelContext, Enrolment
from warnbroker.intake.hearing import Hearing
from warnbroker.model.alert import Alert, Info
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import Category, Certainty, MsgType, Scope, Severity, Status, Urgency
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.receipt import AttemptKey
from warnbroker.model.region import Region
from warnbroker.model.standing import Standing

NOW = datetime(2026, 7, 1, 2, 10, tzinfo=UTC)
ALERT, WARNING = "a" * 26, "w" * 26
KEY = AttemptKey(ALERT, 7, 1)
RED = Level("red", 1, "I", "#d00000", {"en": "Red", "zh-CN": "红色"}, timedelta(hours=6), True)
TEXT = "【示范港市】风暴潮红色预警：沿海街道请立即撤离。"


def coded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


@dataclass
class Browser:
    """Whoever subscribed: keeps the keys that open notes."""

    endpoint: str
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def subscription(self) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": coded(point), "auth": coded(self.secret)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    @property
    def address(self) -> str:
        keys = dict(sorted(self.subscription["keys"].items()))
        return json.dumps({"endpoint": self.endpoint, "keys": keys}, separators=(",", ":"))

    def opened(self, sealed: bytes) -> dict[str, Any]:
        plain = http_ece.decrypt(
            sealed, private_key=self.key, auth_secret=self.secret, version="aes128gcm"
        )
        return json.loads(plain)


@dataclass
class Service:
    """A push service; ``answers`` are given in turn, the last one for ever."""

    url: str = ""
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(201, {})])

    async def take(self, request: web.Request) -> web.Response:
        self.posts.append((request.path, dict(request.headers), await request.read()))
        status, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=status, headers=headers)

    def browser(self, name: str = "one") -> Browser:
        return Browser(f"{self.url}/send/{name}")


class Clock:
    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Ledger:
    """What the engine would keep."""

    enrolled: list[Enrolment] = field(default_factory=list)
    forgotten: list[tuple[str, str]] = field(default_factory=list)
    evidence: list[Any] = field(default_factory=list)
    refusal: Exception | None = None
    refused: int = 0

    async def enrol(self, enrolment: Enrolment) -> None:
        if self.refusal:
            self.refused += 1
            raise self.refusal
        self.enrolled.append(enrolment)

    async def forget(self, kind: str, address: str) -> None:
        if self.refusal:
            raise self.refusal
        self.forgotten.append((kind, address))

    async def record(self, evidence: Any) -> None:
        self.evidence += evidence


async def regions() -> list[Region]:
    square = box(0, 0, 1, 1)
    return [
        Region("demo", {"en": "Demo Harbour", "zh-CN": "示范港市"}, square),
        Region("sea", {"en": "Seafront", "zh-CN": "滨海区"}, square, parent="demo"),
        Region("west", {"en": "West Quay", "zh-CN": "西堤街道"}, square, parent="sea"),
        Region("light", {"en": "Lighthouse", "zh-CN": "灯塔区"}, square, parent="demo"),
    ]


@dataclass
class Site:
    """An open channel, served."""

    channel: PushChannel
    context: ChannelContext
    ledger: Ledger
    service: Service
    session: ClientSession

    @property
    def url(self) -> str:
        return self.context.public_url

    async def post(self, path: str, body: Any, **more: Any) -> tuple[int, Any]:
        async with self.session.post(self.url + path, json=body, **more) as answer:
            return answer.status, await answer.json(
                content_type=None
            ) if answer.status != 204 else None


async def _served(routes: Any, closing: list[Any]) -> str:
    application = web.Application(middlewares=[problems])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    application.add_routes(routes)
    await runner.setup()
    closing.append(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


@asynccontextmanager
async def push_service() -> AsyncIterator[Service]:
    """Start a push service."""
    made, closing = Service(), []
    made.url = await _served([web.post("/send/{name}", made.take)], closing)
    yield made
    for close in closing:
        await close()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with push_service() as made:
        yield made


@pytest.fixture
async def site(service: Service, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    closing: list[Any] = []

    async def start(**settings: Any) -> Site:
        given = {
            "key_file": tmp_path / "vapid.pem",
            "subject": "mailto:duty@demo-harbour.example",
            "services": ["127.0.0.1"],
            "allow_http": True,
        }
        channel, ledger = PushChannel(PushSettings(**given | settings)), Ledger()
        session = ClientSession()
        closing.append(session.close)
        listening = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        context = ChannelContext(
            clock=Clock(), session=session, public_url=url, time_zone=ZoneInfo("Asia/Shanghai"),
            languages=("zh-CN", "en"), names={"en": "Demo Harbour", "zh-CN": "示范港市"},
            regions=regions, enrol=ledger.enrol, forget=ledger.forget,
        )  # fmt: skip
        receipts = ReceiptResource({"push": channel}, ledger, Hearing(), url)
        application = web.Application(middlewares=[problems])
        application.add_routes([*receipts.routes(), *channel.routes()])
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        closing.append(runner.cleanup)
        await web.SockSite(runner, listening).start()
        await channel.open(context)
        return Site(channel, context, ledger, service, session)

    yield start
    for close in reversed(closing):
        await close()


def message(
    kind: MessageKind = MessageKind.ALERT, language: str = "zh-CN", **parts: str
) -> Message:
    return Message(1, "push", language, kind, 0, parts or {"txt": TEXT})


def delivery(address: str, said: Message | None = None, **changes: Any) -> Delivery:
    made = Delivery(
        KEY, "push", address, said or message(), "red", NOW + timedelta(hours=2),
        standing=Standing(Status.ACTUAL, Scope.PUBLIC),
    )  # fmt: skip
    return structs.replace(made, **changes)


def publication(**alert: Any) -> Publication:
    infos = tuple(
        Info(
            event, (Category.MET,), Urgency.IMMEDIATE, Severity.EXTREME, Certainty.OBSERVED,
            language=language,
        )
        for language, event in (("zh-CN", "风暴潮"), ("en", "Storm surge"))
    )  # fmt: skip
    given = {"status": Status.ACTUAL, "msg_type": MsgType.ALERT, "scope": Scope.PUBLIC}
    said = Alert("1", "w@x.example", NOW, **(given | alert))
    area = box(24, 60, 25, 61)
    return Publication(
        ALERT, WARNING, said, RED, NOW, NOW + timedelta(hours=2), area,
        (Group(0, RED, infos, area),), (), (), b"<alert/>",
    )  # fmt: skip
