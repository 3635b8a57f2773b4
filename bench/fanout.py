"""The delivery engine against a bare loop of the same client, in one run.

``python bench/fanout.py [--messages N] [--runs R] [--json]``

Bare loop: the channel's own client on uvloop, at the same concurrency, against the same
sink, with every message ready and nothing written down. Engine: claim, commit the intent
(SQLite, synchronous=FULL), send through the same client, commit the result; timed from the
first claim to the last committed result. Planning is a line of its own. Beside the ratio of
times stands that of processor time, which other work on the machine disturbs less.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import uvloop
from aiohttp import web
from rich.console import Console
from rich.table import Table

from warnbroker.app.engine import engine_of
from warnbroker.app.http import outgoing
from warnbroker.app.ledger import load_regions, open_ledger
from warnbroker.app.memory import settle
from warnbroker.app.parts import Parts
from warnbroker.cap import to_xml
from warnbroker.cli.issuer import add_issuer
from warnbroker.contracts.clock import SystemClock
from warnbroker.contracts.evidence import EvidenceSink
from warnbroker.dispatch.lane import Lane
from warnbroker.intake.accept import Body, Intake
from warnbroker.model.alert import Alert, Area, Info, NamedValue
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import (
    Category,
    Certainty,
    MsgType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from warnbroker.model.receipt import AttemptKey, Evidence
from warnbroker.model.record import AlertRecord
from warnbroker.model.subscriber import AddressKind, Subscriber
from warnbroker.registry import build_channels
from warnbroker.settings import Settings, load
from warnbroker.targeting import cell_of

GOAL = 0.85
AREA = ((60.0, 24.0), (60.0, 25.5), (60.5, 25.5), (60.5, 24.0), (60.0, 24.0))
ANSWER = orjson.dumps({"sid": "SM" + "0" * 32, "status": "queued", "to": "", "body": ""})


@dataclass
class Timed:
    """Seconds that a block takes: on the clock, and of processor time in all threads."""

    wall: float = 0.0
    cpu: float = 0.0

    def __enter__(self) -> "Timed":
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        wall, cpu = self._began
        self.wall, self.cpu = time.perf_counter() - wall, time.process_time() - cpu


@dataclass(frozen=True)
class Times:
    """What one run took."""

    bare: Timed
    engine: Timed
    plan: Timed


@dataclass
class Counted:
    """Hands evidence on to a sink, and tells when all that is expected is committed."""

    sink: EvidenceSink
    expected: int
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    async def record(self, evidence: Sequence[Evidence]) -> None:
        await self.sink.record(evidence)
        self.expected -= len(evidence)
        if self.expected <= 0:
            self.complete.set()


def serve_sink(pipe) -> None:
    """Answer every POST like a provider that is always content; runs as its own process."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=ANSWER, status=201, content_type="application/json")

    async def run() -> None:
        application = web.Application()
        application.router.add_post("/{path:.*}", answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        pipe.send(site._server.sockets[0].getsockname()[1])  # noqa: SLF001  aiohttp has no other way
        await asyncio.Event().wait()

    uvloop.run(run())


def settings_for(folder: Path, port: int) -> Settings:
    """Return settings with one channel, SMS, towards the sink."""
    sms = {"base_url": f"http://127.0.0.1:{port}", "account_sid": "AC1", "auth_token": "x",
           "from": "+15550000000"}  # fmt: skip
    others = {name: {"enabled": False} for name in ("voice", "email", "feed", "broadcast", "van")}
    return load(
        over={
            "store": {"url": f"sqlite:///{folder / 'w.db'}"},
            "channels": {"sms": sms, **others},
            "routing": [{"channels": ["sms"]}],
        }
    )


def red_alert(identifier: str) -> Alert:
    """Return a red alert over everybody."""
    now = datetime.now(UTC).replace(microsecond=0)
    info = Info(
        "Storm surge",
        (Category.MET,),
        Urgency.IMMEDIATE,
        Severity.EXTREME,
        Certainty.LIKELY,
        language="en",
        expires=now + timedelta(hours=1),
        headline="Red storm surge warning",
        instruction="Leave the sea wall and low ground now and go to higher ground.",
        parameters=(NamedValue("level", "red"),),
        areas=(Area("Harbour", polygons=(AREA,)),),
    )
    chinese = replace(
        info,
        language="zh-CN",
        event="风暴潮",
        headline="风暴潮红色预警",
        instruction="立即离开海堤和低洼地带，前往高处。",
    )
    return Alert(identifier, "bench@demo-harbour.example", now, Status.ACTUAL, MsgType.ALERT,
                 Scope.PUBLIC, infos=(info, chinese))  # fmt: skip


async def run_once(settings: Settings, messages: int, number: int) -> Times:
    """Measure one bare loop and one engine run."""
    clock = SystemClock()
    channels = build_channels(settings.channels)
    async with open_ledger(settings, clock) as store, outgoing() as session:
        parts = Parts(settings, clock, store, channels, "http://127.0.0.1:1")
        await channels["sms"].open(parts.context(session))
        try:
            if not number:
                await load_regions(settings, store)
                await write_people(store, messages)
                await add_issuer(store, settings, "bench", roles=("issuer",))
            record = await accept(parts, f"bench-{number}")
            settle()
            engine = engine_of(parts, ["sms"], lambda _channel: asyncio.sleep(0, True))
            with Timed() as plan:
                await engine.planner.plan(record.id)
            with Timed() as bare:
                await bare_loop(parts, record, messages)
            with Timed() as sent:
                await engine_loop(engine.lanes[0], messages)
            assert await store.deliveries.counts(record.id) == {"sms": {"ACCEPTED": messages}}
        finally:
            await channels["sms"].close()
    return Times(bare, sent, plan)


async def accept(parts: Parts, identifier: str) -> AlertRecord:
    """Accept an alert as if it had been posted."""
    store = parts.store
    issuer = (await store.issuers.all())[0]
    intake = Intake(
        store.alerts, store.regions, parts.remit, parts.bus, parts.clock, parts.ids, parts.policy,
        parts.scope, parts.gates,
    )  # fmt: skip
    message = red_alert(identifier)
    return (await intake.accept(issuer, message, Body(to_xml(message), "text/xml"))).record


async def engine_loop(lane: Lane, messages: int) -> None:
    """Let a lane send what is planned, until the last result is committed."""
    lane.sink = results = Counted(lane.sink, messages)
    running = asyncio.create_task(lane.run())
    await results.complete.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def write_people(store, messages: int) -> None:
    """Fill the ledger with subscribers inside the area."""
    for start in range(0, messages, 500):
        people = [
            Subscriber(
                f"p{n}",
                {AddressKind.PHONE: f"+1555{n:07d}"},
                language="en",
                position=(60.1 + n * 1e-7, 24.9),
            )
            for n in range(start, min(start + 500, messages))
        ]
        await store.subscribers.write([(p, cell_of(*p.position)) for p in people])


async def bare_loop(parts: Parts, record: AlertRecord, messages: int) -> None:
    """Send as many messages as the engine will, through the same client, and no more."""
    draft = await parts.publisher.draft(record)
    text = draft.messages[0]
    channel = parts.channels["sms"]
    ready = iter(
        [
            Delivery(AttemptKey(record.public_id, n + 1, 1), "sms", f"+1555{n:07d}", text, "red",
                     record.expires, standing=record.standing)
            for n in range(messages)
        ]
    )  # fmt: skip

    async def work() -> None:
        for delivery in ready:
            await channel.send(delivery)

    await asyncio.gather(*(work() for _ in range(channel.concurrency)))


def measure(messages: int, runs: int) -> Sequence[Times]:
    """Run the bench against a sink of its own."""
    here, there = multiprocessing.Pipe()
    sink = multiprocessing.Process(target=serve_sink, args=(there,), daemon=True)
    sink.start()
    try:
        port = here.recv()
        with tempfile.TemporaryDirectory() as folder:
            settings = settings_for(Path(folder), port)
            return [uvloop.run(run_once(settings, messages, number)) for number in range(runs)]
    finally:
        sink.terminate()
        sink.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    times = measure(wish.messages, wish.runs)
    ratio, cpu = (
        statistics.median(getattr(run.bare, what) / getattr(run.engine, what) for run in times)
        for what in ("wall", "cpu")
    )
    rates = {
        name: wish.messages / statistics.median(getattr(run, name).wall for run in times)
        for name in ("bare", "engine", "plan")
    }
    table = Table("SMS through Twilio's SDK", "messages/s (median)")
    for name, rate in rates.items():
        table.add_row(name, f"{rate:,.0f}")
    table.add_row("engine / bare", f"{ratio:.2f}  (goal {GOAL})")
    table.add_row("the same in processor time", f"{cpu:.2f}")
    Console(stderr=True).print(table)
    if wish.json:
        rounded = {name: round(rate) for name, rate in rates.items()}
        print(orjson.dumps({"ratio": round(ratio, 3), "goal": GOAL, "cpu_ratio": round(cpu, 3),
                            "per_second": rounded, "messages": wish.messages,
                            "runs": wish.runs}).decode())  # fmt: skip


if __name__ == "__main__":
    main()
