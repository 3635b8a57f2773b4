"""Providers that misbehave: real sockets, a count of what was asked, and a broker beside them."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs

import aiohttp

from tests.integration.alerts import alert, info, xml
from tests.integration.far_end import FarEnd, fill, write_config
from warnbroker import app
from warnbroker.contracts.clock import Clock, SystemClock
from warnbroker.model.record import History
from warnbroker.settings import load
from warnbroker.simulator.server import Simulator, SimulatorSettings

ACCOUNT, TOKEN = "AC" + "0" * 32, "simulator"
SIDS = count(1)


@dataclass
class Request:
    """What was asked, and the way to answer it."""

    method: str
    path: str
    fields: dict[str, str]
    writer: asyncio.StreamWriter

    async def answer(self, status: str, body: bytes, *headers: str) -> None:
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        self.writer.write("\r\n".join([*head, "", ""]).encode() + body)
        await self.writer.drain()


Behaviour = Callable[[Request], Awaitable[None]]


@dataclass
class Peer:
    """A provider on a port of its own; ``behaviour`` may be changed while it runs."""

    behaviour: Behaviour
    port: int = 0
    posts: Counter[str] = field(default_factory=Counter)
    looks: int = 0
    written: int = 0
    server: asyncio.Server | None = None
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def most(self) -> int:
        """Return the most messages that one number was sent."""
        return max(self.posts.values(), default=0)

    async def open(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self.server:
            self.server.close()
            self.server = None
        for task in self.serving:
            task.cancel()
        await asyncio.gather(*self.serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)
        try:
            while (request := await _read(reader, writer)) is not None:
                if request.method == "POST":
                    self.posts[request.fields.get("To", "")] += 1
                    await self.behaviour(request)
                else:
                    self.looks += 1
                    await self._look_up(request)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:
            pass
        finally:
            writer.close()

    async def _look_up(self, request: Request) -> None:
        if self.behaviour in {hole, drip}:
            await self.behaviour(request)
        else:
            await request.answer("200 OK", json.dumps({"messages": [], "page_size": 50}).encode())


async def _read(reader, writer) -> Request | None:
    first = await reader.readexactly(1)
    if not first.isalpha():
        # Somebody speaks TLS to a server that does not.
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        return None
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode()
    method, path, _ = head.split(" ", 2)
    lines = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    body = await reader.readexactly(int(lines.get("content-length", 0)))
    fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return Request(method, path, fields, writer)


async def well(request: Request) -> None:
    """Take the message."""
    taken = {"sid": f"SM{next(SIDS):032}", "status": "queued", "to": request.fields.get("To")}
    await request.answer("201 Created", json.dumps(taken).encode())


async def hole(_request: Request) -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def drip(request: Request) -> None:
    """Answer so slowly that no single byte is late."""
    request.writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n")
    while not request.writer.is_closing():
        request.writer.write(b" ")
        await request.writer.drain()
        await asyncio.sleep(0.02)


async def garbage(request: Request) -> None:
    """Answer what is no HTTP."""
    request.writer.write(b"\x00\xff\xfe nonsense \r\n\r\n" * 50)
    await request.writer.drain()
    request.writer.close()


async def no_json(request: Request) -> None:
    """Answer well-formed HTTP that says nothing."""
    await request.answer("201 Created", b"<html>maintenance</html>", "Content-Type: text/html")


def refusing(status: str, *headers: str, times: int = 1) -> Behaviour:
    """Refuse the first messages to each number, then take them."""
    seen: Counter[str] = Counter()

    async def answer(request: Request) -> None:
        number = request.fields.get("To", "")
        seen[number] += 1
        if seen[number] <= times:
            await request.answer(status, b'{"code": 20429, "message": "x"}', *headers)
        else:
            await well(request)

    return answer


@dataclass
class Scene:
    """A broker in this process, a provider of texts that misbehaves, and a relay that does not."""

    broker: app.Broker
    mail: Simulator
    session: aiohttp.ClientSession
    people: int = 0
    alert_id: str = ""

    async def warn(self, level: str = "red", name: str = "surge-1") -> int:
        """Publish an alert and return the status of the answer."""
        body = xml(alert(name, infos=(info(level), info(level, "zh-CN"))))
        async with self.session.post(
            "/v1/alerts", data=body, headers={"Content-Type": "application/cap+xml"}
        ) as answer:
            said = await answer.json()
            self.alert_id = said.get("id", "")
            self.said = said
            return answer.status

    async def histories(self, channel: str = "sms") -> list[History]:
        record = await self.broker.store.alerts.find(self.alert_id)
        return list(
            await self.broker.store.deliveries.page(
                record.id, channel=channel, state="", after=0, limit=1000
            )
        )

    async def states(self, channel: str = "sms") -> set[str]:
        async with self.session.get(f"/v1/alerts/{self.alert_id}/progress") as answer:
            progress = await answer.json()
        if not progress["planned"]:
            return {"not planned"}
        return {state for state, number in progress["channels"].get(channel, {}).items() if number}

    async def until(self, *states: str, channel: str = "sms") -> None:
        """Return when the deliveries of a channel are in no other states."""
        while not (found := await self.states(channel)) or not found <= set(states):
            await asyncio.sleep(0.05)

    async def over(self, channel: str = "sms") -> list[History]:
        """Return the deliveries when nothing is owed any of them."""
        while "not planned" in await self.states(channel) or any(
            found.task for found in await self.histories(channel)
        ):
            await asyncio.sleep(0.05)
        return await self.histories(channel)


@asynccontextmanager
async def scene(
    folder: Path, url: str, *, clock: Clock | None = None, people: int = 60, **dispatch: float
) -> AsyncIterator[Scene]:
    """Run a broker whose texts go to ``url``; times are short."""
    relay = Simulator(SimulatorSettings(account_sid=ACCOUNT, auth_token=TOKEN))
    await relay.start()
    addresses = {
        "http": url, "smtp_port": relay.smtp_port, "account_sid": ACCOUNT, "auth_token": TOKEN,
    }  # fmt: skip
    quick = {
        "unknown_after": 0.1, "retry_first": 0.2, "retry_cap": 1, "retry_cap_grave": 1,
        "sweep": 0.1, "failover": {},
    } | dispatch  # fmt: skip
    config = write_config(
        folder, FarEnd(addresses, folder / "none"), only=("sms", "email"),
        routing=[{"channels": ["sms", "email"]}], dispatch=quick,
    )  # fmt: skip
    settings = load(
        config,
        over={
            "server": {"port": 0},
            "channels": {"sms": {"read_timeout": 1.0, "connect_timeout": 0.5}},
        },
    )
    key = await fill(settings, folder, people)
    headers = {"Authorization": f"Bearer {key}"}
    try:
        async with (
            app.serve(settings, clock or SystemClock()) as broker,
            aiohttp.ClientSession(broker.url, headers=headers) as session,
        ):
            yield Scene(broker, relay, session)
    finally:
        await relay.stop()
