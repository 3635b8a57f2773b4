"""Real peers of the simulator: Twilio's SDK as its client, an HTTP server that takes callbacks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import ClientSession, encode_basic_auth, web
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from warnbroker.simulator.faults import FaultScript
from warnbroker.simulator.server import Simulator, SimulatorSettings

ACCOUNT = "AC00000000000000000000000000000001"
TOKEN = "simulated"


class InstantClock:
    """A clock on which no time passes in a sleep; ``slept`` keeps what was asked for.

    Sleeps of ``stuck`` seconds last until ``release`` is set.
    """

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.stuck = -1.0
        self.release = asyncio.Event()

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await (self.release.wait() if seconds == self.stuck else asyncio.sleep(0))


@dataclass(slots=True)
class Post:
    url: str
    path: str
    fields: dict[str, str]
    signature: str

    @property
    def is_signed(self) -> bool:
        return RequestValidator(TOKEN).validate(self.url, self.fields, self.signature)

    @property
    def status(self) -> str:
        return self.fields.get("MessageStatus") or self.fields.get("CallStatus", "")


@dataclass(slots=True)
class Receiver:
    """Takes callbacks; answers with the first of ``answers``, else 204, and not before ``hold``."""

    url: str = ""
    posts: list[Post] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    hold: asyncio.Event | None = None
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        fields = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        signature = request.headers.get("X-Twilio-Signature", "")
        url = f"{self.url}{request.raw_path}"
        self.posts.append(Post(url, request.path, fields, signature))
        self.came.set()
        if self.hold is not None:
            await self.hold.wait()
        status, body = self.answers.pop(0) if self.answers else (204, "")
        return web.Response(status=status, text=body or None)

    @property
    def statuses(self) -> list[str]:
        return [post.status for post in self.posts]


class SdkHttpClient(AsyncHttpClient):
    """What the SDK sends through: one session, no retries; keeps the headers of the last answer."""

    def __init__(self, session: ClientSession) -> None:
        super().__init__(None, True, None)
        self._session = session
        self.headers: Any = {}

    async def request(  # type: ignore[override]
        self, method, uri, params=None, data=None, headers=None, auth=None, **_: Any
    ) -> Response:
        headers = {**headers, "Authorization": encode_basic_auth(*auth)}
        pairs = [(name, each) for name, value in (data or {}).items() for each in _all(value)]
        async with self._session.request(
            method, uri, params=params, data=pairs or None, headers=headers
        ) as answer:
            self.headers = answer.headers
            return Response(answer.status, await answer.text(), answer.headers)


def _all(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


@pytest.fixture
def clock() -> InstantClock:
    return InstantClock()


@pytest.fixture
async def start(clock) -> AsyncIterator[Callable[..., Any]]:
    """Start simulators; a keyword ``faults`` is a mapping of the fault script's form."""
    running: list[Simulator] = []

    async def started(faults: dict[str, Any] | None = None, **settings: Any) -> Simulator:
        script = FaultScript.model_validate(faults or {})
        given = SimulatorSettings(
            **{"account_sid": ACCOUNT, "auth_token": TOKEN, "faults": script, **settings}
        )
        simulator = Simulator(given, clock)
        running.append(simulator)
        await simulator.start()
        return simulator

    yield started
    for simulator in running:
        await simulator.stop()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    taker = Receiver()
    application = web.Application()
    application.router.add_post("/{path:.*}", taker.take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    taker.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield taker
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as opened:
        yield opened


@pytest.fixture
def sdk(session) -> Callable[..., Client]:
    """Return Twilio's own client, talking to a simulator."""

    def connected(simulator: Simulator, token: str = TOKEN, account: str = ACCOUNT) -> Client:
        http_client = SdkHttpClient(session)
        client = Client(account, token, http_client=http_client, environment={"NO": "region"})
        client.api.base_url = simulator.http_url
        return client

    return connected
