"""Take a report of an incident: whole, in order, and from somebody who may."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import RegionStore
from warnbroker.errors import Fault, ReportError
from warnbroker.targeting import RegionTree

AHEAD = timedelta(minutes=15)
"""How far the reporter's clock may be ahead of ours."""

EARLIEST_YEAR = 1900
LONGEST_WORD = 200
LONGEST_TEXT = 20_000
MOST_FIGURES = 50
LARGEST_FIGURE = 2**53


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody reports, as they sent it; ``hazard`` and ``region`` are codes."""

    hazard: str
    region: str
    occurred_at: datetime
    known_at: datetime
    figures: Mapping[str, int]
    text: str = ""
    explanation: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """Judges statements before they are kept."""

    regions: RegionStore
    clock: Clock

    async def judge(self, statement: Statement) -> None:
        """Let a statement pass that can be compared with others.

        Raises:
            ReportError: it cannot; every fault is named.
        """
        tree = RegionTree(await self.regions.all())
        faults = [
            *_words(statement),
            *_times(statement, self.clock.now()),
            *_figures(statement.figures),
        ]
        if tree.get(statement.region) is None:
            faults.append(Fault("report.region", "no region has this code", "region"))
        if faults:
            raise ReportError(faults)


def _words(statement: Statement) -> Iterable[Fault]:
    if not statement.hazard.strip() or len(statement.hazard) > LONGEST_WORD:
        yield Fault("report.hazard", f"name a hazard, in up to {LONGEST_WORD} letters", "hazard")
    for name in ("text", "explanation"):
        if len(getattr(statement, name)) > LONGEST_TEXT:
            yield Fault("report.length", f"may have {LONGEST_TEXT} letters at most", name)
    if len(statement.warning) > LONGEST_WORD:
        yield Fault("report.warning", "is no warning's id", "warning")


def _times(statement: Statement, now: datetime) -> Iterable[Fault]:
    stated = {"occurred_at": statement.occurred_at, "known_at": statement.known_at}
    for name, moment in stated.items():
        if moment.year < EARLIEST_YEAR:
            yield Fault("report.time.year", "is a year that cannot be meant", name)
        elif moment > now + AHEAD:
            yield Fault("report.time.future", "lies in the future", name)
    if statement.known_at < statement.occurred_at:
        yield Fault("report.time.order", "nobody knows of it before it happens", "known_at")


def _figures(figures: Mapping[str, int]) -> Iterable[Fault]:
    if len(figures) > MOST_FIGURES:
        yield Fault("report.figures", f"may be {MOST_FIGURES} at most", "figures")
    for name, number in figures.items():
        if not name.strip() or len(name) > LONGEST_WORD or not 0 <= number <= LARGEST_FIGURE:
            yield Fault("report.figure", "must be a name and a count of 0 or more", "figures")
