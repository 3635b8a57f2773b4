"""A real broker over fan-out after fan-out, killed as asked, until each is settled."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from tests.chaos import kills
from tests.chaos.kills import ANYWHERE, Kill
from tests.chaos.verdict import Life, Outcome, Tally, outcome, rows, tally
from tests.integration.alerts import alert, info, reference, xml
from tests.integration.far_end import Broker, FarEnd, far_end, fill, write_config
from warnbroker.app import open_ledger, scale_of
from warnbroker.cli.witness import Wanted, area_of, judge, regions_within
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType
from warnbroker.simulator.journal import read_journal

WAITING = {"QUEUED", "CLAIMED", "IN_FLIGHT", "RETRY_WAIT"}
LOOK = 0.1
"""Seconds between two looks at the broker's progress."""

QUICK = {"unknown_after": 1, "retry_first": 0.2, "retry_cap": 1, "retry_cap_grave": 1, "sweep": 0.1}
"""How the engine works where a test must not take long."""

LADDER = {"after": "PT3S", "do": "again", "channels": ["voice"]}
"""The only step: who did not take the call is called again."""


@dataclass(frozen=True)
class Plan:
    """How many deaths, over how many people; ``each`` is how many deaths one alert gets.

    After ``seconds`` it dies no more.
    """

    kills: int
    subscribers: int
    each: int = 20
    seed: int = 1
    level: str = "red"
    channels: Sequence[str] = ("sms", "voice", "email", "feed")
    seconds: float = math.inf
    dispatch: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Result:
    """What the whole storm came to."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """Return how often the broker was killed so far."""
        return sum(1 for life in self.lives if life.killer)

    @property
    def slowest(self) -> float:
        """Return the most seconds from a restart to certainty."""
        return max((s for found in self.tallies.values() for s in found.resolved), default=0.0)


Told = Callable[[int], None]


@dataclass
class Storm:
    """One broker, one far end, and the deaths so far."""

    plan: Plan
    broker: Broker
    end: FarEnd
    chance: Random
    told: Told
    result: Result = field(default_factory=Result)
    peaceful: bool = True
    began: float = field(default_factory=time.monotonic)

    async def alert(self, message: Alert) -> str:
        """Let one alert go out under its share of the deaths; return its id."""
        body = xml(message)
        # Every second alert resolves in peace what its deaths have left open.
        self.peaceful = not self.peaceful
        before, most = self.result.kills, min(self.plan.each, self._left)
        if most > len(kills.EARLY):
            most -= len(kills.LAST)
        first = kills.early(self.chance)[:most]
        later = kills.steady(self.chance, self.plan.subscribers // self.plan.each)
        for kill in chain(first, later):
            if self.is_over or self.result.kills - before >= most:
                break
            if await self._life(kill, body) != "killed" and kill not in first:
                break
        for kill in () if self.peaceful else kills.last()[: self._left]:
            await self._life(kill, body, patient=True)
        await self._life(None, body, patient=True)
        return self.alert_id

    @property
    def is_over(self) -> bool:
        """Tell whether all deaths were died, or the time is over."""
        return self._left <= 0

    @property
    def _left(self) -> int:
        late = time.monotonic() - self.began > self.plan.seconds
        return 0 if late else self.plan.kills - self.result.kills

    async def _life(self, kill: Kill | None, body: bytes, *, patient: bool = False) -> str:
        """Run one process; tell how it ended: killed, idle (nothing left to send), settled."""
        began = datetime.now(UTC)
        environment = kill.environment if kill else {}
        ended = "killed"
        if await self.broker.start(**environment):
            try:
                self.alert_id = (await self.broker.post(body))["id"]
                ended = await self._until(kill, patient or self.peaceful)
            except aiohttp.ClientError:
                await self.broker.ended()
        await self._end(kill, ended)
        killer = kill.name if kill and ended == "killed" else ""
        self.result.lives.append(Life(began, datetime.now(UTC), killer))
        if killer:
            self.result.tallies.setdefault(killer, Tally()).kills += 1
            self.told(self.result.kills)
        return ended

    async def _end(self, kill: Kill | None, ended: str) -> None:
        if ended == "killed" and kill and kill.name == ANYWHERE:
            await self.broker.kill()
        elif ended != "killed":
            await self.broker.end()

    async def _until(self, kill: Kill | None, patient: bool) -> str:
        size = self.end.size()
        while not self.broker.is_killed:
            progress = await self.broker.get(f"/v1/alerts/{self.alert_id}/progress")
            if progress["settled"]:
                return "settled"
            if not patient and _is_idle(progress):
                return "idle"
            if kill and kill.name == ANYWHERE and self.end.size() - size >= kill.messages:
                await asyncio.sleep(kill.delay)
                return "killed"
            await asyncio.sleep(LOOK)
        return "killed"


def _is_idle(progress: Mapping[str, Any]) -> bool:
    return progress["planned"] and not any(
        WAITING & {state for state, number in states.items() if number}
        for states in progress["channels"].values()
    )


async def weather(plan: Plan, folder: Path, told: Told = lambda _kills: None) -> Result:
    """Carry a plan out in an empty folder and return what it came to."""
    async with (
        far_end(folder, "--seed", str(plan.seed)) as end,
        _broker(plan, folder, end) as broker,
    ):
        storm = Storm(plan, broker, end, Random(plan.seed), told)
        for message in _messages(plan.level):
            seen = sum(1 for _ in _entries(end))
            alert_id = await storm.alert(message)
            await _judge(storm, folder, xml(message), alert_id, seen)
            if storm.is_over:
                return storm.result
    raise AssertionError("there is always another alert")


def _entries(end: FarEnd):
    return read_journal(end.journal) if end.journal.exists() else iter(())


@asynccontextmanager
async def _broker(plan: Plan, folder: Path, end: FarEnd) -> AsyncIterator[Broker]:
    config = write_config(
        folder,
        end,
        only=plan.channels,
        routing=[{"channels": list(plan.channels)}],
        dispatch=dict(plan.dispatch),
        escalation={"ladders": {plan.level: [LADDER] if "voice" in plan.channels else []}},
    )
    broker = Broker(config)
    key = await fill(broker.settings, folder, plan.subscribers, plan.seed)
    broker.session.headers["Authorization"] = f"Bearer {key}"
    try:
        yield broker
    finally:
        await broker.stop()


def _messages(level: str):
    """Yield alerts, each followed by its Cancel: whoever was told must be told that, too."""
    number = 0
    while True:
        number += 1
        infos = (info(level), info(level, "zh-CN"))
        first = alert(f"storm-{number}", infos=infos)
        yield first
        over = [replace(item, expires=None) for item in infos]
        yield alert(f"calm-{number}", MsgType.CANCEL, [reference(first)], infos=over)


async def _judge(storm: Storm, folder: Path, body: bytes, alert_id: str, seen: int) -> None:
    plan, broker = storm.plan, storm.broker
    (folder / "none.jsonl").touch()
    found = judge(folder / "subscribers.csv", _wanted(plan, broker, body), folder / "none.jsonl")
    entries = list(_entries(storm.end))[seen:]
    async with open_ledger(broker.settings) as store:
        deliveries = await rows(store, alert_id)
    expected = {channel: item.expected for channel, item in found.items()}
    resends = scale_of(broker.settings.levels)[plan.level].resend_unknown
    said = outcome(deliveries, expected, entries, resends=resends)
    if "feed" in plan.channels:
        feed = [row.state for row in deliveries if row.channel == "feed"]
        said.wrong += [] if feed == ["DELIVERED"] else [f"the feed is {feed}"]
    storm.result.outcomes.append(said)
    tally(storm.result.tallies, storm.result.lives, deliveries)


def _wanted(plan: Plan, broker: Broker, body: bytes) -> Wanted:
    scale = scale_of(broker.settings.levels)
    area = area_of(body)
    return Wanted(
        area=area,
        region_codes=regions_within(broker.settings.regions.file, area),
        rank=scale[plan.level].rank,
        ranks={item.code: item.rank for item in scale.levels},
        categories=frozenset({"Met"}),
        channels=frozenset(plan.channels),
    )
