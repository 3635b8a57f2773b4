"""A small real server in the place of Twilio, and what the tests of both channels share."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession, web
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from warnbroker.contracts import Callback, ChannelContext
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import Scope, Status
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.receipt import AttemptKey
from warnbroker.model.standing import Standing

NOW = datetime(2026, 7, 1, 2, 10, tzinfo=UTC)
PUBLIC_URL = "https://warn.example"
TOKEN = "a-secret-token"
KEY = AttemptKey("abcdefghijklmnopqrstuvwxyz", 7, 2)


class StandingClock:
    """A clock that stands still and never waits."""

    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        return None


@dataclass
class FakeTwilio:
    """Keeps what it was asked; gives its answers in turn, the last of them for ever."""

    url: str = ""
    requests: list[tuple[str, str, MultiDict[str]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)

    def answers_with(self, status: int, body: Any, **headers: str) -> None:
        self.answers.append((status, body, {k.replace("_", "-"): v for k, v in headers.items()}))

    async def handle(self, request: web.Request) -> web.Response:
        fields = MultiDict(request.query)
        if request.method == "POST":
            fields.extend(parse_qsl(await request.text()))
        self.requests.append((request.method, request.path, fields))
        self.headers.append(dict(request.headers))
        status, body, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.json_response(body, status=status, headers=headers)


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    fake = FakeTwilio()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", fake.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


async def _no_regions() -> tuple[()]:
    return ()


@pytest.fixture
async def context() -> AsyncIterator[ChannelContext]:
    async with ClientSession() as session:
        yield ChannelContext(
            clock=StandingClock(),
            session=session,
            public_url=PUBLIC_URL,
            time_zone=ZoneInfo("Asia/Shanghai"),
            languages=("zh-CN", "en"),
            names={"en": "Haibin"},
            regions=_no_regions,
        )


@pytest.fixture
def opened(twilio: FakeTwilio, context: ChannelContext) -> Callable[..., Awaitable[Any]]:
    """Open a channel against the fake: ``await opened(SmsChannel, **settings)``."""

    async def build(channel: Any, *, at: ChannelContext = context, **settings: Any) -> Any:
        account = {"account_sid": "AC1", "auth_token": TOKEN, "from": "+8610000001"}
        made = channel(channel.Settings(**{"base_url": twilio.url, **account, **settings}))
        await made.open(at)
        return made

    return build


@pytest.fixture
def delivery() -> Callable[..., Delivery]:
    def build(
        *, lasts: timedelta = timedelta(hours=2), language: str = "en", **parts: str
    ) -> Delivery:
        message = Message(1, "sms", language, MessageKind.ALERT, 0, parts)
        standing = Standing(Status.ACTUAL, Scope.PUBLIC)
        return Delivery(
            KEY, "sms", "+8613900000001", message, "red", NOW + lasts, standing=standing
        )

    return build


@pytest.fixture
def callback() -> Callable[..., Callback]:
    """Build a callback that Twilio has signed: ``callback("twilio/sms", MessageStatus="sent")``."""

    def build(prefix: str, *, query: str = "", token: str = TOKEN, **form: str) -> Callback:
        url = f"{PUBLIC_URL}/receipts/{prefix}/{KEY.path}{query}"
        headers = {
            "content-type": "application/x-www-form-urlencoded; charset=utf-8",
            "x-twilio-signature": RequestValidator(token).compute_signature(url, form),
        }
        return Callback("POST", KEY.path, url, headers, urlencode(form).encode())

    return build
