"""A real gateway over HTTP, and what a text to it looks like."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession, web

from channels.sms import SmsChannel, SmsSettings
from warnbroker.contracts import Callback, ChannelContext
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import Scope, Status
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.receipt import AttemptKey
from warnbroker.model.standing import Standing

NOW = datetime(2026, 7, 1, 2, 10, tzinfo=UTC)
KEY = AttemptKey("a" * 26, 7, 2)
PUBLIC_URL = "https://warn.example"


class StandingClock:
    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        return None


@dataclass
class Asked:
    """One request as the gateway got it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Gateway:
    """Answers everything alike, and remembers what it was asked."""

    url: str = ""
    status: int = 200
    body: str = '{"id": "g-1"}'
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(
            Asked(
                request.method, request.path, dict(request.query), dict(request.headers),
                await request.read(),
            )
        )  # fmt: skip
        return web.Response(status=self.status, text=self.body, headers=self.headers)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    served = Gateway()
    application = web.Application()
    application.router.add_route("*", "/{tail:(?s:.*)}", served.serve)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield served
    await runner.cleanup()


async def no_regions() -> tuple[()]:
    return ()


@pytest.fixture
async def context() -> AsyncIterator[ChannelContext]:
    async with ClientSession() as session:
        yield ChannelContext(
            clock=StandingClock(),
            session=session,
            public_url=PUBLIC_URL,
            time_zone=ZoneInfo("Europe/Helsinki"),
            languages=("en",),
            names={},
            regions=no_regions,
        )


PLAIN = {
    "type": "http",
    "gateway": "plain",
    "from": "Vaara",
    "values": {"token": "t-1"},
    "callback_secret": "s3cret",
}
KANNEL = {
    "type": "http",
    "gateway": "kannel",
    "from": "12345",
    "values": {"username": "u", "password": "p&q"},
    "callback_secret": "s3cret",
}


@pytest.fixture
def opened(gateway: Gateway, context: ChannelContext) -> Callable[..., Any]:
    """Open a channel with one provider, ``gw``: ``await opened(PLAIN, weight=2)``."""

    async def build(account: dict[str, Any], **more: Any) -> SmsChannel:
        settings = SmsSettings(providers={"gw": {"base_url": gateway.url, **account, **more}})
        channel = SmsChannel(settings)
        await channel.open(context)
        return channel

    return build


@pytest.fixture
def described(tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """Write a description and return an account that uses it."""

    def write(text: str) -> dict[str, Any]:
        file = tmp_path / "gateway.yaml"
        file.write_text(text, encoding="utf-8")
        return {"type": "http", "gateway_file": file, "from": "Vaara", "callback_secret": "s3cret"}

    return write


@pytest.fixture
def delivery() -> Callable[..., Delivery]:
    def build(text: str = "Leave now.", **given: Any) -> Delivery:
        message = Message(1, "sms", "en", MessageKind.ALERT, 0, {"txt": text})
        wanted = {
            "key": KEY,
            "channel": "sms",
            "address": "+358401234567",
            "message": message,
            "level": "red",
            "expires": NOW + timedelta(hours=2),
            "standing": Standing(Status.ACTUAL, Scope.PUBLIC),
            "provider": "gw",
        }
        return Delivery(**(wanted | given))

    return build


@pytest.fixture
def callback() -> Callable[..., Callback]:
    """Build a callback: ``callback("gw/inbound", query="a=b", body=b"{}", X_Signature="…")``."""

    def build(path: str, *, query: str = "", body: bytes = b"", **headers: str) -> Callback:
        url = f"{PUBLIC_URL}/receipts/gateway/{path}" + (f"?{query}" if query else "")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Callback("POST" if body else "GET", path, url, named, body, "gateway")

    return build
