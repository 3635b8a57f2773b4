"""Real brokers, real callers, real commands."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from warnbroker.app import Broker as Served
from warnbroker.app import open_ledger, serve, vocabulary
from warnbroker.cli.issuer import add_issuer
from warnbroker.intake.subscriber_import import import_subscribers
from warnbroker.log import set_up
from warnbroker.model.actor import Actor
from warnbroker.settings import Settings, load
from warnbroker.simulator.server import Simulator, SimulatorSettings

TABLES = ("alert", "reference", "message", "delivery", "attempt", "evidence")
PEOPLE = "ref,phone,language,regions\none,+358401230001,en,demo\ntwo,+358401230002,zh-CN,demo\n"
NOBODY_ELSE = {"flows": {"standard": []}, "repeat_within": 0}
"""Release where one person is enough, and the same may be said again."""
TOKEN = "a-secret-of-the-test"
ACCOUNT = "AC" + "1" * 32


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def rules(self) -> list[str]:
        return [fault["rule"] for fault in self.json.get("errors", [])]


@dataclass(frozen=True)
class Broker:
    """A broker that serves, and one who calls it."""

    served: Served
    settings: Settings
    session: aiohttp.ClientSession
    keys: Mapping[str, str]

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.served.url.removeprefix("http://").partition(":")
        return host, int(port)

    async def ask(self, method: str, path: str, *, key: str | None = "desk", **how: Any) -> Reply:
        headers = dict(how.pop("headers", {}))
        if key is not None:
            headers.setdefault("Authorization", f"Bearer {self.keys.get(key, key)}")
        async with self.session.request(
            method, self.served.url + path, headers=headers, allow_redirects=False, **how
        ) as answer:
            return Reply(answer.status, answer.headers, await answer.read())

    async def post(self, body: str | bytes, **how: Any) -> Reply:
        kind = how.pop("kind", "application/cap+xml")
        headers = {"Content-Type": kind} | how.pop("headers", {})
        path = how.pop("path", "/v1/alerts")
        data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        return await self.ask("POST", path, data=BytesIO(data), headers=headers, **how)

    async def settled(self, reply: Reply) -> dict[str, Any]:
        """Return an alert's progress once nothing more is to come of it."""
        async with asyncio.timeout(30):
            while True:
                progress = (await self.ask("GET", reply.json["links"]["progress"])).json
                if progress["settled"]:
                    return progress
                await asyncio.sleep(0.02)

    def rows(self) -> dict[str, int]:
        """Return how many rows the ledger's tables hold."""
        return {table: self.query(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}

    def query(self, statement: str, *values: object) -> list[tuple]:
        path = self.settings.store.url.removeprefix("sqlite:///")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as ledger:
            return ledger.execute(statement, values).fetchall()


@asynccontextmanager
async def broker(
    folder: Path,
    *,
    people: str = "",
    sms: str = "",
    templates: Path | None = None,
    release: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
    email: Mapping[str, Any] | None = None,
) -> AsyncIterator[Broker]:
    settings = load(
        environment={},
        over={
            "server": {"port": 0},
            "store": {"url": f"sqlite:///{folder}/state/w.db"},
            # No Update waits until people have been left in peace.
            "dispatch": {"sweep": 0.05, "retry_first": 0.1, "noisy": []},
            "access": {"rate": 1_000_000, "burst": 100_000},
            "release": release or NOBODY_ELSE,
            **(more or {}),
            "templates": {"directory": templates},
            "routing": [{"level": ["blue"], "channels": ["feed"]}, {"channels": ["feed", "sms"]}]
            if email is None
            else [{"channels": ["email"]}],
            "channels": {
                "sms": {"base_url": sms or "http://127.0.0.1:9", "account_sid": ACCOUNT,
                        "auth_token": TOKEN, "from": "+15550000000"},
                "feed": {"directory": str(folder / "published")},
                **{name: {"enabled": False} for name in ("voice", "broadcast", "van")},
                "email": {"enabled": False} if email is None else email,
            },
        },
    )  # fmt: skip
    async with open_ledger(settings) as store:
        words = await vocabulary(settings, store)
        if people:
            (folder / "people.csv").write_text(people)
            await import_subscribers(
                store.subscribers, folder / "people.csv", folder / "rejects.csv", words
            )
        keys = {}
        for name, given in ISSUERS.items():
            _, keys[name] = await add_issuer(store, settings, name, **given)
        await store.issuers.revoke("revoked", actor=Actor("test"))
    set_up("critical")
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(serve(settings))
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        yield Broker(served, settings, session, keys)


ISSUERS: Mapping[str, Mapping[str, Any]] = {
    "desk": {"roles": ("issuer", "operator")},
    "auditor": {"roles": ("auditor",)},
    "revoked": {"roles": ("issuer",)},
    "elsewhere": {"roles": ("issuer",), "limits": (("demo-north-bay",), ())},
    "fire": {"roles": ("issuer",), "limits": ((), ("Fire",))},
    "other": {"roles": ("issuer",), "sender": "other@demo-harbour.example"},
    "platform": {"roles": ("relay",)},
    "north": {"roles": ("relay",), "limits": (("demo-north-bay",), ())},
    "bound": {"roles": ("relay",), "sender": "up@province.example"},
}


@pytest.fixture(scope="session")
async def quiet(tmp_path_factory) -> AsyncIterator[Broker]:
    """A broker that is sent nothing but what it must refuse."""
    async with broker(tmp_path_factory.mktemp("quiet"), people=PEOPLE) as found:
        yield found


@pytest.fixture(scope="session")
async def busy(tmp_path_factory) -> AsyncIterator[Broker]:
    """A broker that publishes, with a provider at its far end."""
    far = Simulator(
        SimulatorSettings(account_sid=ACCOUNT, auth_token=TOKEN, callback_delay=(0.0, 0.01))
    )
    await far.start()
    try:
        folder = tmp_path_factory.mktemp("busy")
        async with broker(folder, people=PEOPLE, sms=far.http_url) as found:
            yield found
    finally:
        await far.stop()


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def faults(self) -> list[str]:
        """Return the lines on stderr without the program's name."""
        lines = self.err.splitlines()
        assert all(line.startswith("warnbroker: ") for line in lines), self.err
        return [line.removeprefix("warnbroker: ") for line in lines]


class Commands:
    """Runs commands in a folder, with an environment that names only a database."""

    def __init__(self, server: subprocess.Popen, folder: Path) -> None:
        self._server = server
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "WARNBROKER_HOME": str(folder / "home"),
            "WARNBROKER_STORE__URL": f"sqlite:///{folder}/db/w.db",
        }

    def __call__(
        self, *argv: object, folder: Path | None = None, **environment: str | None
    ) -> Done:
        merged = self.environment | environment
        wish = {
            "argv": [os.fsencode(str(word)).hex() for word in argv],
            "folder": str(folder or self.folder),
            "environment": {name: text for name, text in merged.items() if text is not None},
            "out": str(self.folder / "stdout"),
            "err": str(self.folder / "stderr"),
        }
        print(json.dumps(wish), file=self._server.stdin, flush=True)
        status = int(self._server.stdout.readline())
        done = Done(status, *(_text(wish[name]) for name in ("out", "err")))
        assert "Traceback" not in done.out + done.err, done.err
        return done

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


def _text(name: str) -> str:
    return Path(name).read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="session")
def command_server() -> Iterator[subprocess.Popen]:
    script = Path(__file__).with_name("command_server.py")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        yield server
        server.stdin.close()


@pytest.fixture
def command(command_server, tmp_path) -> Commands:
    return Commands(command_server, tmp_path)
