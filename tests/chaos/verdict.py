"""What became of everybody, judged by the far end's journal against the list itself.

The ledger is asked only which repeats are marked, what is listed as UNKNOWN, and when what
a death had left in flight was resolved.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.chaos.kills import ANYWHERE
from warnbroker.cli.witness import KIND
from warnbroker.model.receipt import AGAIN, FAILED, GIVE_UP, POSITIVE, RESEND, Reason, State
from warnbroker.store import Store


@dataclass(frozen=True)
class Life:
    """One process: when it began and ended, and what killed it (empty: it was stopped)."""

    began: datetime
    ended: datetime
    killer: str = ""


@dataclass
class Tally:
    """What the deaths at one point did; ``resolved``: seconds from the restart to certainty."""

    kills: int = 0
    in_flight: int = 0
    marked: int = 0
    resolved: list[float] = field(default_factory=list)


@dataclass
class Outcome:
    """What one alert owed and what came of it."""

    owed: int = 0
    lost: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)
    unknown: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Tell whether nobody was lost, wrongly told, or told twice without a mark."""
        return not (self.lost or self.unlisted or self.strangers or self.unmarked or self.wrong)


@dataclass(frozen=True)
class Row:
    """A delivery as the ledger has it: attempts by number, evidence with the time it came."""

    id: int
    channel: str
    state: State
    address: str
    attempts: Mapping[int, tuple[datetime, bool]]
    evidence: Sequence[tuple[int, State, str, str, datetime]]


async def rows(store: Store, alert_id: str) -> Sequence[Row]:
    """Return the deliveries of an alert, with their addresses in clear."""
    record = await store.alerts.find(alert_id)
    heard = await _heard(store, record.id)
    found, after = [], 0
    while page := await store.deliveries.page(
        record.id, channel="", state="", after=after, limit=1000
    ):
        after = page[-1].id
        for item in page:
            claimed = await store.deliveries.claimed(record.id, item.id)
            begun = {n.number: (n.started_at, n.repeat) for n in item.attempts}
            evidence = heard.get(item.id, [])
            found.append(Row(item.id, item.channel, item.state, claimed.address, begun, evidence))
    return found


async def _heard(store: Store, alert_id: int) -> Mapping[int, list[Any]]:
    from sqlalchemy import select

    from warnbroker.store.tables import evidence as told

    wanted = (
        select(told.c.delivery_id, told.c.attempt, told.c.state, told.c.reason, told.c.code,
               told.c.received_at)
        .where(told.c.alert_id == alert_id)
        .order_by(told.c.id)
    )  # fmt: skip
    found: dict[int, list[Any]] = {}
    for row in await store.deliveries._database.read(lambda c: c.execute(wanted).all()):
        found.setdefault(row[0], []).append((row[1], State(row[2]), row[3], row[4], row[5]))
    return found


def outcome(
    deliveries: Sequence[Row],
    expected: Mapping[str, frozenset[str]],
    entries: Iterable[Mapping[str, Any]],
    *,
    resends: bool,
) -> Outcome:
    """Judge one alert; ``resends``: at its level what nobody knows is sent again."""
    said = Outcome(owed=sum(len(people) for people in expected.values()))
    reached = {channel: Counter[str]() for channel in expected}
    kinds = {KIND[channel]: channel for channel in expected}
    for entry in entries:
        if entry["kind"] in kinds and entry["accepted"]:
            reached[kinds[entry["kind"]]][entry["to"]] += 1
    for channel, people in expected.items():
        mine = {row.address: row for row in deliveries if row.channel == channel}
        _judge(said, people, reached[channel], mine, resends=resends)
    said.wrong += [
        f"{row.channel} {row.id} is {row.state}" for row in deliveries if _is_open(row, resends)
    ]
    return said


def _judge(
    said: Outcome,
    people: frozenset[str],
    reached: Counter[str],
    mine: Mapping[str, Row],
    *,
    resends: bool,
) -> None:
    unknown = {address for address, row in mine.items() if row.state is State.UNKNOWN}
    said.unknown += len(unknown)
    said.lost += sorted(people - reached.keys() - (frozenset() if resends else unknown))
    said.unlisted += sorted(people - mine.keys())
    said.strangers += sorted(reached.keys() - people)
    for address, times in reached.items():
        marks = sum(repeat for _, repeat in mine[address].attempts.values())
        if times > 1 + max(marks, len(_wishes(mine[address]))):
            said.unmarked.append(address)
    for row in mine.values():
        again = any(mark for _, mark in row.attempts.values())
        if again and not _crashes(row) and not _wishes(row):
            said.wrong.append(f"{row.channel} {row.id} was sent again and had not been in flight")


def _is_open(row: Row, resends: bool) -> bool:
    final = POSITIVE | (frozenset() if resends else {State.UNKNOWN})
    return row.state not in final


def _crashes(row: Row) -> Sequence[int]:
    return [n for n, state, reason, _, _ in row.evidence if reason == Reason.CRASH]


def _wishes(row: Row) -> set[str]:
    """Return how often a step of a ladder asked for another attempt."""
    return {code for _, _, _, code, _ in row.evidence if code.startswith(f"{AGAIN}:")}


def tally(tallies: dict[str, Tally], lives: Sequence[Life], deliveries: Sequence[Row]) -> None:
    """Add what each death left in flight, what was repeated for it, and how long it was open."""
    for row in deliveries:
        for number, (started, _) in row.attempts.items():
            if number not in _crashes(row):
                continue
            at = next((n for n, life in enumerate(lives) if life.began <= started <= life.ended))
            found = tallies.setdefault(lives[at].killer or ANYWHERE, Tally())
            found.in_flight += 1
            found.marked += row.attempts.get(number + 1, (None, False))[1]
            if (when := _resolved(row, number)) is not None:
                # A death in between begins a restart of its own.
                restart = max(life.began for life in lives if life.began <= when)
                found.resolved.append((when - restart).total_seconds())


def _resolved(row: Row, number: int) -> datetime | None:
    """Return when it was known what became of an attempt, or was decided what to do."""
    return min(
        (
            at
            for n, state, _, code, at in row.evidence
            if n == number and (state in POSITIVE | FAILED or code in {RESEND, GIVE_UP})
        ),
        default=None,
    )
