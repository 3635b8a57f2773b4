"""From the command that takes a mistake back to the last correction, for everybody who got it.

``python bench/hawaii.py [--subscribers N] [--channels sms,voice,email] [--json]``

In January 2018 a drill went out in Hawaii as the real thing; the first correction by the same
channels came after 38 minutes. Here a real broker process, with the simulator as its provider
in another, sends a red alert that one person composed and another approved. When all who are
in the area have got it, one ``warnbroker cancel ID --reason error`` is run. Seconds count from
the start of that command to what reached the provider, by the provider's own journal, which
must show that exactly those who got the alert got the correction. ``ratio`` is the time that
a bare loop takes for the same number of text messages to the same provider, divided by the
time from the command to the last of ours.
"""

import argparse
import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import uvloop
import yaml
from rich.console import Console
from rich.table import Table

from warnbroker.app.ledger import load_regions, open_ledger
from warnbroker.cap import to_xml
from warnbroker.cli.issuer import add_issuer
from warnbroker.model.alert import Alert, Area, Info, NamedValue
from warnbroker.model.enums import Category, Certainty, MsgType, Scope, Severity, Status, Urgency
from warnbroker.model.subscriber import AddressKind, Subscriber
from warnbroker.registry import build_channels
from warnbroker.settings import Settings, load
from warnbroker.simulator.journal import read_journal
from warnbroker.targeting import cell_of

GOAL = 0.2
HARBOUR = ((60.16, 24.93), (60.16, 24.96), (60.19, 24.96), (60.19, 24.93), (60.16, 24.93))
KINDS = {"sms": "sms", "voice": "call", "email": "mail"}
PARTS = {"sms": 1, "voice": 10, "email": 3}
"""One person in so many has an address for the channel."""


@dataclass(frozen=True)
class Timed:
    """What one channel took, in seconds from the command, and whether all is as it must be."""

    recipients: int
    first: float
    last: float
    exact: bool


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def write_config(folder: Path, far_end: dict[str, Any], names: Sequence[str]) -> Path:
    """Write settings: those shipped, two people for a red alert, the simulator as provider."""
    provider = {
        "base_url": far_end["http"],
        "account_sid": far_end["account_sid"],
        "auth_token": far_end["auth_token"],
        "from": "+15550000000",
        "receipt_timeout": 10,
    }
    mail = {"host": "127.0.0.1", "port": far_end["smtp_port"], "tls": "none",
            "from": "warning@demo-harbour.example", "username": "", "password": ""}  # fmt: skip
    channels: dict[str, Any] = {"sms": provider, "voice": provider, "email": mail}
    off = {name: {"enabled": False} for name in ("feed", "broadcast", "van")}
    off |= {name: {"enabled": False} for name in channels if name not in names}
    config = {
        "server": {"port": free_port()},
        "store": {"url": f"sqlite:///{folder / 'state' / 'w.db'}"},
        "channels": channels | off,
    }
    path = folder / "warnbroker.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


async def fill(settings: Settings, people: int) -> tuple[str, str]:
    """Give the ledger its regions, people and two persons on duty; return their keys."""
    async with open_ledger(settings) as store:
        await load_regions(settings, store)
        for start in range(0, people, 500):
            batch = [person(n) for n in range(start, min(start + 500, people))]
            await store.subscribers.write([(p, cell_of(*p.position)) for p in batch])
        _, issuer = await add_issuer(store, settings, "duty desk", roles=("issuer",))
        _, approver = await add_issuer(store, settings, "second person", roles=("approver",))
    return issuer, approver


def person(number: int) -> Subscriber:
    addresses = {AddressKind.PHONE: f"+1555{number:07d}"}
    if number % PARTS["email"] == 0:
        addresses[AddressKind.EMAIL] = f"person.{number}@mail.example"
    if number % PARTS["voice"] == 0:
        addresses[AddressKind.VOICE] = f"+1555{number:07d}"
    language = "zh-CN" if number % 2 else "en"
    at = (60.165 + number % 100 * 1e-4, 24.935 + number // 100 % 100 * 2e-4)
    return Subscriber(f"p{number}", addresses, language=language, position=at)


def drill_sent_as_actual() -> Alert:
    """Return the mistake: a drill's text, with the status of the real thing."""
    now = datetime.now(UTC).replace(microsecond=0)

    def info(language: str, event: str, headline: str, instruction: str) -> Info:
        return Info(
            event, (Category.MET,), Urgency.IMMEDIATE, Severity.EXTREME, Certainty.LIKELY,
            language=language, expires=now + timedelta(hours=2), sender_name="Harbour office",
            headline=headline, instruction=instruction, contact="+15550001000",
            parameters=(NamedValue("level", "red"),),
            areas=(Area("Harbour", polygons=(HARBOUR,)),),
        )  # fmt: skip

    infos = (
        info("en", "Storm surge", "Red storm surge warning", "Leave low ground now."),
        info("zh-CN", "风暴潮", "风暴潮红色预警", "立即离开低洼地带。"),
    )
    return Alert("hawaii-1", "warning@demo-harbour.example", now, Status.ACTUAL, MsgType.ALERT,
                 Scope.PUBLIC, infos=infos)  # fmt: skip


@asynccontextmanager
async def process(*words: str, folder: Path):
    """Run ``warnbroker`` with some words for as long as the context is open."""
    with (folder / "log").open("ab") as log:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "warnbroker", *words, stdout=asyncio.subprocess.PIPE, stderr=log
        )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.terminate()
        await running.wait()


@dataclass(frozen=True)
class Desk:
    """The two persons on duty, at the API."""

    session: aiohttp.ClientSession
    url: str
    issuer: str
    approver: str

    async def up(self) -> None:
        while True:
            try:
                async with self.session.get(f"{self.url}/health/ready") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)

    async def get(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.issuer}"}
        async with self.session.get(self.url + path, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def mistake(self) -> str:
        """Issue it, approve it, and wait until everybody has got it; return its id."""
        headers = {"Authorization": f"Bearer {self.issuer}", "Content-Type": "application/cap+xml"}
        body = to_xml(drill_sent_as_actual())
        async with self.session.post(f"{self.url}/v1/alerts", data=body, headers=headers) as answer:
            found = await answer.json(content_type=None)
            assert answer.status == 202, found
        path = f"/v1/alerts/{found['id']}"
        seen = await self.get(path)
        headers = {"Authorization": f"Bearer {self.approver}"}
        words = {"confirmation": seen["release"]["confirmation"]}
        async with self.session.post(
            f"{self.url}{path}/approve", json=words, headers=headers
        ) as answer:
            assert answer.status == 200, await answer.text()
        while not (await self.get(f"{path}/progress"))["settled"]:
            await asyncio.sleep(0.5)
        return found["id"]


async def take_back(desk: Desk, alert_id: str) -> tuple[datetime, dict[str, Any]]:
    """Run the one command; return when it began and what it said at its end."""
    began = datetime.now(UTC)
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "warnbroker", "cancel", alert_id, "--reason", "error",
        "--url", desk.url, "--json",
        env={**os.environ, "WARNBROKER_KEY": desk.issuer},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await running.communicate()
    assert running.returncode == 0, err.decode()
    return began, orjson.loads(out.splitlines()[-1])


def judge(journal: Path, first: str, cancel: str, began: datetime) -> dict[str, Timed]:
    """Compare by the provider's journal who got the alert with who got the correction."""
    reached: dict[tuple[str, str], dict[str, list[datetime]]] = {}
    for entry in read_journal(journal):
        spoken_of = f"{entry.get('callback', '')}{entry.get('message_id', '')}"
        for alert_id in (first, cancel):
            if entry.get("accepted") and alert_id in spoken_of:
                at = datetime.fromisoformat(entry["time"])
                who = reached.setdefault((entry["kind"], alert_id), {})
                who.setdefault(entry["to"], []).append(at)
    return {
        name: timed(reached[kind, first], reached.get((kind, cancel), {}), began)
        for name, kind in KINDS.items()
        if (kind, first) in reached
    }


def timed(
    told: dict[str, list[datetime]], corrected: dict[str, list[datetime]], began: datetime
) -> Timed:
    moments = sorted((at - began).total_seconds() for each in corrected.values() for at in each)
    exact = told.keys() == corrected.keys() and len(moments) == len(corrected)
    return Timed(len(corrected), round(moments[0], 2), round(moments[-1], 2), exact)


async def bare_loop(settings: Settings, messages: int) -> float:
    """Send as many text messages to the same provider, and do nothing else; return seconds."""
    sms = settings.channels["sms"]
    url = f"{sms['base_url']}/2010-04-01/Accounts/{sms['account_sid']}/Messages.json"
    text = "CANCELLED: Red warning (level I): Storm surge. It was issued by mistake."
    places = build_channels({"sms": sms})["sms"].concurrency
    ready = iter(range(messages))
    login = aiohttp.encode_basic_auth(sms["account_sid"], sms["auth_token"])
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        headers={"Authorization": login}, connector=connector
    ) as session:

        async def work() -> None:
            for number in ready:
                form = {"To": f"+1555{number:07d}", "From": sms["from"], "Body": text}
                async with session.post(url, data=form) as answer:
                    assert answer.status == 201, await answer.text()
                    await answer.read()

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(places)))
        return time.perf_counter() - began


async def run(people: int, names: Sequence[str]) -> tuple[dict[str, Timed], dict[str, Any], float]:
    """Make the mistake, take it back, judge."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        journal = folder / "journal.jsonl"
        async with AsyncExitStack() as stack:
            far_end = await stack.enter_async_context(
                process("simulate", "--port", "0", "--smtp-port", "0", "--journal", str(journal),
                        folder=folder)
            )  # fmt: skip
            config = write_config(folder, orjson.loads(await far_end.stdout.readline()), names)
            settings = load(config)
            issuer, approver = await fill(settings, people)
            session = await stack.enter_async_context(aiohttp.ClientSession())
            url = f"http://127.0.0.1:{settings.server.port}"
            desk = Desk(session, url, issuer, approver)
            async with process("serve", "--config", str(config), folder=folder):
                await desk.up()
                first = await desk.mistake()
                began, said = await take_back(desk, first)
            found = judge(journal, first, said["id"], began)
            bare = await bare_loop(settings, found["sms"].recipients)
    return found, said, bare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subscribers", type=int, default=10_000)
    parser.add_argument("--channels", default="sms,voice,email")
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    found, said, bare = uvloop.run(run(wish.subscribers, wish.channels.split(",")))
    table = Table("channel", "recipients", "first correction, s", "last correction, s", "exact")
    for name, timed_ in found.items():
        table.add_row(name, f"{timed_.recipients:,}", f"{timed_.first:.1f}", f"{timed_.last:.1f}",
                      "yes" if timed_.exact else "NO")  # fmt: skip
    first = min(item.first for item in found.values())
    last = max(item.last for item in found.values())
    ratio = round(bare / found["sms"].last, 3)
    table.add_row("all", f"{wish.subscribers:,} people", f"{first:.1f}", f"{last:.1f}", "")
    console = Console(stderr=True)
    console.print(table)
    console.print(
        f"bare loop of the text messages alone: {bare:.1f} s; ratio {ratio}  (goal {GOAL})"
    )
    exact = all(item.exact for item in found.values())
    if wish.json:
        by_channel = {
            name: {"recipients": item.recipients, "first": item.first, "last": item.last,
                   "exact": item.exact}
            for name, item in found.items()
        }  # fmt: skip
        print(orjson.dumps({"ratio": ratio, "goal": GOAL, "seconds": last, "first": first,
                            "command_seconds": said["seconds"], "people": wish.subscribers,
                            "exact": exact, "channels": by_channel}).decode())  # fmt: skip
    sys.exit(0 if exact else 1)


if __name__ == "__main__":
    main()
