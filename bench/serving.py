"""A whole broker, as ``warnbroker serve`` runs it, in a process of its own."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import scene
import yaml
from measure import cpu_of
from people import write_people

from warnbroker.app.ledger import load_regions, open_ledger
from warnbroker.cap import to_xml
from warnbroker.cli.issuer import add_issuer
from warnbroker.model.alert import Alert
from warnbroker.settings import load


@dataclass(frozen=True)
class Serving:
    """A broker that serves; ``key`` is an issuer's."""

    port: int
    key: str
    process: int
    connection: http.client.HTTPConnection

    def post(self, path: str, body: bytes, kind: str) -> dict[str, Any]:
        """Post something and return the answer.

        Raises:
            AssertionError: it was refused.
        """
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        self.connection.request("POST", path, body, headers)
        answer = self.connection.getresponse()
        found = answer.read()
        assert answer.status in (200, 202), found.decode()
        return orjson.loads(found)

    def alert(self, message: Alert) -> str:
        """Post an alert; return its id."""
        return self.post("/v1/alerts", to_xml(message), "application/cap+xml")["id"]

    def cancel(self, public_id: str) -> None:
        """Take an alert back."""
        self.post(f"/v1/alerts/{public_id}/cancel", b'{"reason": "lifted"}', "application/json")

    @property
    def memory(self) -> int:
        """Return the most memory that the process has had so far, in bytes."""
        status = Path(f"/proc/{self.process}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    @property
    def cpu(self) -> float:
        """Return the processor time that the process has taken so far, in seconds."""
        return cpu_of(self.process)


@dataclass(frozen=True)
class Ledger:
    """A folder with a ledger and the configuration of a broker over it."""

    config: Path
    port: int
    key: str


async def prepare(folder: Path, channels: Mapping[str, Any], people: int, **more: Any) -> Ledger:
    """Fill a ledger in a folder and write the configuration of a broker over it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    off = {name: {"enabled": False} for name in scene.OTHERS if name not in channels}
    config = folder / "warnbroker.yaml"
    config.write_text(
        yaml.safe_dump(
            {
                "server": {"port": port},
                "store": {"url": f"sqlite:///{folder / 'w.db'}"},
                "channels": {**off, **channels},
                "routing": [{"channels": list(channels)}],
                "access": {"rate": 1_000_000, "burst": 1_000_000},
                **more,
            }
        )
    )
    settings = load(config)
    async with open_ledger(settings) as store:
        await load_regions(settings, store)
        await write_people(store, people)
        _, key = await add_issuer(store, settings, "bench", roles=("issuer", "approver"))
    return Ledger(config, port, key)


@contextmanager
def serving(ledger: Ledger) -> Iterator[Serving]:
    """Run a broker for as long as the context is open."""
    words = [sys.executable, "-m", "warnbroker", "serve", "--config", str(ledger.config)]
    log = ledger.config.with_name("log").open("wb")
    with log, subprocess.Popen(words, stdout=log, stderr=log) as process:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", ledger.port, timeout=60)
            _until_ready(connection)
            yield Serving(ledger.port, ledger.key, process.pid, connection)
        finally:
            process.kill()


def _until_ready(connection: http.client.HTTPConnection) -> None:
    for _ in range(600):
        try:
            connection.request("GET", "/health/ready")
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                return
        except OSError:
            connection.close()
        time.sleep(0.05)
    raise TimeoutError("the broker did not come up")
