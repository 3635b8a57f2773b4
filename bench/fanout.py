"""The delivery engine against a bare loop of the same client, in one run.

``python bench/fanout.py [--client NAME]… [--messages N] [--rounds R] [--delay S] [--json]``

Bare loop: what one would send with otherwise, on uvloop, at the same concurrency, against the
same sink, with everything ready and nothing written down: aiohttp with one pooled session and
bytes, Twilio's SDK over its own client, or aiosmtplib with open connections. Same client: such a
loop over the client that the channel uses. Channel: the same through our own channel, which
looks whether the alert may leave and what an answer means.
Engine: claim, commit the intent (SQLite, synchronous=FULL), send through the channel, commit
the result; timed from the first claim to the last committed result. Planning is a line of its
own. Bare and engine take turns in one process after a round that does not count; ``ratio`` is
the median of the rounds. Beside the ratio of times stands that of processor time, which other
work disturbs less. The sink is pinned to the last core; the client may use both, for the ledger
has a thread of its own.
"""

import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import bare
import scene
import uvloop
from far_end import HTTP, SMTP, FarEnd, far_end
from measure import Outcome, Result, Timed, asked, median_ratio, show
from people import write_people

from warnbroker.app.engine import engine_of
from warnbroker.app.interpreter import settle
from warnbroker.app.parts import Parts
from warnbroker.contracts.store import DeliveryStore
from warnbroker.dispatch.lane import Lane
from warnbroker.model.record import ClaimedDelivery, Sent
from warnbroker.settings import Settings

FIRST = "gateway"
BARE, SAME, CHANNEL, ENGINE, PLAN = "bare", "same client", "channel", "engine", "plan"


@dataclass(frozen=True)
class Client:
    """A way to send: its channel, the channel's settings, its bare loops and its goal."""

    title: str
    channel: str
    settings: Any
    far_end: str
    loop: Any
    goal: float
    at_once: int
    at_once_slow: int = 500
    same: Any = None


CLIENTS = {
    "gateway": Client(
        "SMS, generic HTTP gateway",
        "sms",
        scene.gateway,
        HTTP,
        bare.aiohttp_gateway,
        0.85,
        200,
        same=bare.own_gateway,
    ),
    "twilio": Client(
        "SMS, Twilio's SDK",
        "sms",
        scene.twilio,
        HTTP,
        bare.twilio_sdk,
        0.85,
        200,
        same=bare.twilio_own,
    ),
    "email": Client(
        "email, aiosmtplib", "email", scene.relay, SMTP, bare.aiosmtplib_pool, 0.80, 32, 200
    ),
}


@dataclass
class Counted:
    """A ledger that tells when all results that are expected are committed."""

    deliveries: DeliveryStore
    expected: int
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    async def turn(self, sent: Sequence[Sent], *more: Any) -> Sequence[ClaimedDelivery]:
        begun = await self.deliveries.turn(sent, *more)
        self.expected -= len(sent)
        if self.expected <= 0:
            self.complete.set()
        return begun

    def __getattr__(self, name: str) -> Any:
        return getattr(self.deliveries, name)


Rounds = dict[str, list[Timed]]


async def measure(
    client: Client, settings: Settings, far: FarEnd, messages: int, rounds: int
) -> Rounds:
    """Let bare loop, channel and engine take turns; the first turns do not count."""
    taken: Rounds = {name: [] for name in (*loops_of(client), ENGINE, PLAN)}
    async with scene.broker(settings) as parts:
        await write_people(parts.store, messages)
        for number in range(rounds + 1):
            times = await turn(client, parts, far, number, messages)
            for name, timed in times.items() if number else ():
                taken[name].append(timed)
    return taken


async def turn(
    client: Client, parts: Parts, far: FarEnd, number: int, messages: int
) -> dict[str, Timed]:
    """Measure each once, with as many messages."""
    loops = loops_of(client)
    times = {name: Timed() for name in (*loops, ENGINE, PLAN)}
    record = await scene.accept(parts, scene.alert(f"bench-{number}"))
    engine = engine_of(parts, [client.channel], lambda _channel: asyncio.sleep(0, True))
    with times[PLAN]:
        await engine.planner.plan(record.id)
    before = far.taken
    for name, loop in loops.items():
        ready = await bare.deliveries(parts, record, client.channel, messages)
        async with loop(parts, ready) as run:
            settle()
            with times[name]:
                await run()
    settle()
    with times[ENGINE]:
        await engine_loop(engine.lanes[0], messages)
    assert far.taken - before == (len(loops) + 1) * messages
    counts = await parts.store.deliveries.counts(record.id)
    assert counts == {client.channel: {"ACCEPTED": messages}}, counts
    return times


def loops_of(client: Client) -> dict[str, Any]:
    """Return the loops that the engine is compared with, by name."""
    same = {SAME: client.same} if client.same else {}
    return {BARE: client.loop, **same, CHANNEL: bare.channel_alone}


async def engine_loop(lane: Lane, messages: int) -> None:
    """Let a lane send what is planned, until the last result is committed."""
    results = Counted(lane.deliveries, messages)
    running = asyncio.create_task(replace(lane, deliveries=results).run())
    await results.complete.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def outcome(client: Client, taken: Rounds, messages: int, delay: float) -> Outcome:
    """Return what is to be shown."""
    wall, cpu = (median_ratio(taken[BARE], taken[ENGINE], what) for what in ("wall", "cpu"))
    own = median_ratio(taken[CHANNEL], taken[ENGINE], "cpu")
    rates = {name: messages / statistics.median(t.wall for t in taken[name]) for name in taken}
    seconds = statistics.median(t.cpu for t in taken[ENGINE]) / messages * 10_000
    shown = ", ".join(f"{name} {rate:,.0f}/s" for name, rate in rates.items())
    best = min(t.wall for t in taken[BARE]) / min(t.wall for t in taken[ENGINE])
    same = [
        Result(f"engine / bare loop of the same client{words}", median_ratio(taken[SAME],
               taken[ENGINE], what))
        for words, what in (("", "wall"), (", processor time", "cpu"))
        if client.same
    ]  # fmt: skip
    title = client.title + (f", {delay * 1000:.0f} ms sink" if delay else "")
    return Outcome(
        title,
        [
            Result("engine / bare loop", wall, client.goal, note=shown),
            Result("the same, best rounds", best),
            Result("the same in processor time", cpu),
            *same,
            Result("engine / own channel, processor time", own),
            Result("processor time for 10,000 deliveries", seconds, unit="s", at_most=True),
        ],
        {"per_second": {name: round(rate) for name, rate in rates.items()},
         "messages": messages, "rounds": len(taken[BARE])},
    )  # fmt: skip


def rounds_of(client: Client, messages: int, rounds: int, delay: float, at_once: int) -> Rounds:
    """Measure one client against a sink of its own, with so many sends at once."""
    with ExitStack() as stack:
        far = stack.enter_context(far_end(client.far_end, delay))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        section = client.settings(far.port, at_once)
        settings = scene.settings_for(folder, {client.channel: section})
        return uvloop.run(measure(client, settings, far, messages, rounds))


def main() -> None:
    parser = asked(__doc__, messages=10000, rounds=5)
    parser.add_argument("--client", choices=CLIENTS, action="append")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds until the sink answers")
    parser.add_argument(
        "--at-once", type=int, help="default: 200, mail 32; with a delay 500, mail 200"
    )
    wish = parser.parse_args()
    names = wish.client or list(CLIENTS)
    found = []
    for client in [CLIENTS[name] for name in names]:
        at_once = wish.at_once or (client.at_once_slow if wish.delay else client.at_once)
        taken = rounds_of(client, wish.messages, wish.rounds, wish.delay, at_once)
        found.append(outcome(client, taken, wish.messages, wish.delay))
    show(found, as_json=wish.json)


if __name__ == "__main__":
    main()
