"""The delivery engine against a bare loop of the same client, in one run.

``python bench/fanout.py [--messages N] [--runs R] [--json]``

Bare loop: the channel's own client on uvloop, at the same concurrency, against the same
sink, with every message ready and nothing written down. Engine: claim, commit the intent
(SQLite, synchronous=FULL), send through the same client, commit the result; timed from the
first claim to the last committed result. Planning is a line of its own.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import uvloop
from aiohttp import web
from rich.console import Console
from rich.table import Table

from warnbroker.app.http import outgoing
from warnbroker.app.ledger import load_regions, open_ledger
from warnbroker.app.parts import Parts
from warnbroker.cap import to_xml
from warnbroker.cli.issuer import add_issuer
from warnbroker.contracts.clock import SystemClock
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
from warnbroker.model.receipt import AttemptKey
from warnbroker.model.subscriber import AddressKind, Subscriber
from warnbroker.registry import build_channels
from warnbroker.settings import Settings, load
from warnbroker.targeting import cell_of

GOAL = 0.85
AREA = ((60.0, 24.0), (60.0, 25.5), (60.5, 25.5), (60.5, 24.0), (60.0, 24.0))
ANSWER = orjson.dumps({"sid": "SM" + "0" * 32, "status": "queued", "to": "", "body": ""})


@dataclass(frozen=True)
class Times:
    """Seconds of one run."""

    bare: float
    engine: float
    plan: float


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
    return Alert(identifier, "bench@demo-harbour.example", now, Status.ACTUAL, MsgType.ALERT,
                 Scope.PUBLIC, infos=(info,))  # fmt: skip


async def run_once(settings: Settings, messages: int, number: int) -> Times:
    """Measure one bare loop and one engine run."""
    clock = SystemClock()
    channels = build_channels(settings.channels)
    async with open_ledger(settings, clock) as store, outgoing() as session:
        parts = Parts(settings, clock, store, channels, "http://127.0.0.1:1")
        channel = channels["sms"]
        await channel.open(parts.context(session))
        try:
            if not number:
                await load_regions(settings, store)
                await write_people(store, messages)
                await add_issuer(store, settings, "bench", roles=("issuer",))
            engine = parts.engine(["sms"], lambda _channel: asyncio.sleep(0, True))
            issuer = (await store.issuers.all())[0]
            intake = Intake(store.alerts, store.regions, parts.scale, parts.bus, clock, parts.ids)
            message = red_alert(f"bench-{number}")
            accepted = await intake.accept(issuer, message, Body(to_xml(message), "text/xml"))
            record = accepted.record
            began = time.perf_counter()
            await engine.planner.plan(record.id)
            plan = time.perf_counter() - began
            bare = await bare_loop(parts, record, messages)
            lane = asyncio.create_task(engine.lanes[0].run())
            began = time.perf_counter()
            while (await store.deliveries.counts(record.id))["sms"].get("ACCEPTED") != messages:
                await asyncio.sleep(0.01)
            seconds = time.perf_counter() - began
            lane.cancel()
            await asyncio.gather(lane, return_exceptions=True)
        finally:
            await channel.close()
    return Times(bare, seconds, plan)


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


async def bare_loop(parts: Parts, record, messages: int) -> float:
    """Send as many messages as the engine will, through the same client, and no more."""
    draft = await parts.publisher.draft(record)
    text = draft.messages[0]
    channel = parts.channels["sms"]
    ready = iter(
        [
            Delivery(AttemptKey(record.public_id, n + 1, 1), "sms", f"+1555{n:07d}", text, "red",
                     record.expires)
            for n in range(messages)
        ]
    )  # fmt: skip

    async def work() -> None:
        for delivery in ready:
            await channel.send(delivery)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(channel.concurrency)))
    return time.perf_counter() - began


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
    ratio = statistics.median(run.bare / run.engine for run in times)
    rates = {
        name: wish.messages / statistics.median(getattr(run, name) for run in times)
        for name in ("bare", "engine", "plan")
    }
    table = Table("SMS through Twilio's SDK", "messages/s (median)")
    for name, rate in rates.items():
        table.add_row(name, f"{rate:,.0f}")
    table.add_row("engine / bare", f"{ratio:.2f}  (goal {GOAL})")
    Console(stderr=True).print(table)
    if wish.json:
        rounded = {name: round(rate) for name, rate in rates.items()}
        print(orjson.dumps({"ratio": round(ratio, 3), "goal": GOAL, "per_second": rounded,
                            "messages": wish.messages, "runs": wish.runs}).decode())  # fmt: skip


if __name__ == "__main__":
    main()
