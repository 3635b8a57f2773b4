"""A real broker process, and the simulated providers as another: started, killed, asked."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import yaml

from tests.ports import free_port
from warnbroker.app import open_ledger, vocabulary
from warnbroker.cli.issuer import add_issuer
from warnbroker.intake.subscriber_import import import_subscribers
from warnbroker.settings import Settings, load
from warnbroker.simulator.journal import read_journal
from warnbroker.simulator.population import generate_subscribers, write_csv


@dataclass(frozen=True)
class FarEnd:
    """The simulator's addresses and its journal."""

    addresses: dict[str, Any]
    journal: Path

    def accepted(self, kind: str) -> Counter[str]:
        """Return how often each address was reached."""
        return Counter(
            entry["to"]
            for entry in read_journal(self.journal)
            if entry["kind"] == kind and entry["accepted"]
        )

    def size(self) -> int:
        """Return how many messages were accepted so far."""
        found = self.journal.read_bytes() if self.journal.exists() else b""
        return found.count(b'"accepted":true')


@asynccontextmanager
async def far_end(folder: Path, *flags: str) -> AsyncIterator[FarEnd]:
    journal = folder / "journal.jsonl"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "warnbroker", "simulate", "--port", "0", "--smtp-port", "0",
        "--journal", str(journal), *flags,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield FarEnd(orjson.loads(await process.stdout.readline()), journal)
    finally:
        process.terminate()
        await process.wait()


def write_config(folder: Path, end: FarEnd, *, only: Sequence[str] = (), **over: Any) -> Path:
    provider = {
        "base_url": end.addresses["http"],
        "account_sid": end.addresses["account_sid"],
        "auth_token": end.addresses["auth_token"],
        "from": "+15550000000",
        "receipt_timeout": 5,
    }
    config = {
        "server": {"port": free_port()},
        "store": {"url": f"sqlite:///{folder / 'state' / 'w.db'}"},
        # What is under test comes after release: one person posts, and the same again counts.
        "release": {"flows": {"standard": []}, "repeat_within": 0},
        "dispatch": {
            "unknown_after": 1,
            "retry_first": 0.2,
            "retry_cap": 1,
            "retry_cap_grave": 1,
            "sweep": 0.1,
        },
        "access": {"rate": 1_000_000, "burst": 100_000},
        # Offices that are told beside the public have tests of their own.
        "authorities": {},
        "channels": {
            "sms": provider,
            "voice": provider
            | {
                "directory": str(folder / "state" / "voice"),
                "redial": {
                    level: {"times": 5, "busy": 0.5, "no_answer": 0.5}
                    for level in ("red", "default")
                },
            },
            "email": {
                "host": "127.0.0.1",
                "port": end.addresses["smtp_port"],
                "tls": "none",
                "from": "warning@demo-harbour.example",
                "username": "",
                "password": "",
                "final_timeout": 2,
            },
            "feed": {"directory": str(folder / "published")},
            "broadcast": {
                "directory": str(folder / "broadcast"),
                "ack_timeout": 1,
                "speech": False,
            },
            "van": {"directory": str(folder / "vans"), "seconds": 0.5},
        },
    } | over
    # The people have quiet hours, and the clock is the machine's.
    config["dispatch"] = {"noisy": []} | config["dispatch"]
    for name in set(config["channels"]) - set(only or config["channels"]):
        config["channels"][name] = {"enabled": False}
    path = folder / "warnbroker.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


async def fill(settings: Settings, folder: Path, count: int, seed: int = 7) -> str:
    """Give the ledger its regions, people and an issuer; return the key."""
    file = folder / "subscribers.csv"
    async with open_ledger(settings) as store:
        words = await vocabulary(settings, store)
        write_csv(generate_subscribers(await store.regions.all(), count, seed), file)
        await import_subscribers(store.subscribers, file, folder / "rejects.csv", words)
        _, key = await add_issuer(store, settings, "desk", roles=("issuer", "operator"))
    return key


class Broker:
    """``warnbroker serve`` as a process of its own, that can be killed at any moment."""

    def __init__(self, config: Path, key: str = "") -> None:
        self.config = config
        self.settings = load(config)
        self.url = f"http://127.0.0.1:{self.settings.server.port}"
        self.headers = {"Authorization": f"Bearer {key}"}
        self._process: asyncio.subprocess.Process | None = None
        self.session = aiohttp.ClientSession(headers=self.headers)

    async def start(self, **environment: str) -> bool:
        """Start it; tell whether it answers, and has not killed itself before."""
        with (self.config.parent / "broker.log").open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "warnbroker", "serve", "--config", str(self.config),
                stderr=log, env=os.environ | environment,
            )  # fmt: skip
        while not await self._is_up():
            if self.is_killed:
                return False
            assert self._process.returncode is None, "the broker ended by itself"
            await asyncio.sleep(0.02)
        return True

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_killed(self) -> bool:
        """Tell whether the process was ended by SIGKILL."""
        return self._process.returncode == -signal.SIGKILL

    async def _is_up(self) -> bool:
        try:
            async with self.session.get(f"{self.url}/health/live") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def ended(self) -> None:
        """Return when the process has ended by itself."""
        await self._process.wait()

    async def end(self) -> None:
        """Let it stop in its own way."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    async def stop(self) -> None:
        await self.end()
        await self.session.close()

    async def post(self, body: bytes, content_type: str = "application/cap+xml") -> dict[str, Any]:
        headers = {"Content-Type": content_type}
        async with self.session.post(f"{self.url}/v1/alerts", data=body, headers=headers) as answer:
            assert answer.status in {200, 202}, await answer.text()
            return await answer.json()

    async def get(self, path: str) -> dict[str, Any]:
        async with self.session.get(self.url + path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def settled(self, alert_id: str) -> dict[str, Any]:
        """Return the progress of an alert once it is settled; the test's own timeout bounds it."""
        while not (progress := await self.get(f"/v1/alerts/{alert_id}/progress"))["settled"]:
            await asyncio.sleep(0.1)
        return progress
