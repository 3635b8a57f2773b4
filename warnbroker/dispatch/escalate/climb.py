"""Which step of their ladder somebody is due, and when, by what is known and the clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from warnbroker.model.ladder import Action, Climber, Ladders, Rung
from warnbroker.model.receipt import State

_AT_ONCE = frozenset({Action.AGAIN, Action.CHANNELS, Action.CONTACTS})
"""What need not wait when everything has failed; those who go from door to door need time."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at somebody gives: a ``rung`` to take now, or a ``due_at`` to look again.

    With neither they are left alone for good. ``step`` is the number of steps behind them,
    without the one to be taken.
    """

    step: int
    rung: Rung | None = None
    due_at: datetime | None = None
    need: State = State.DELIVERED


def look(climber: Climber, ladders: Ladders, confirming: Collection[str], now: datetime) -> Look:
    """Look at somebody; ``confirming`` are channels on which a person can answer."""
    rungs, night = ladders.of(climber.rank), ladders.night.covers(now)
    step, base = climber.step, climber.last_at or _first(climber, now)
    if _is_over(climber, now) or not _is_any_needed(climber, rungs[step:], confirming, night=night):
        return Look(step)
    if base is None:
        base = climber.since + ladders.unsent_after
    while step < len(rungs):
        rung = rungs[step]
        due = now if climber.is_hopeless and rung.action in _AT_ONCE else base + rung.after
        if due > now:
            return Look(step, due_at=due)
        if _is_needed(climber, rung, confirming, night=night):
            return Look(step, rung, need=rung.need(night=night))
        base, step = due, step + 1
    return Look(step)


def _first(climber: Climber, now: datetime) -> datetime | None:
    """Return when somebody was told first; a time to come is of a clock that has been set back."""
    first = climber.first_at
    return min(first, climber.since) if first and first > now else first


def _is_over(climber: Climber, now: datetime) -> bool:
    unasked = climber.standing.is_drill and not climber.person.drills
    return climber.stopped or now >= climber.expires or unasked


def _is_any_needed(
    climber: Climber, rungs: tuple[Rung, ...], confirming: Collection[str], *, night: bool
) -> bool:
    return any(_is_needed(climber, rung, confirming, night=night) for rung in rungs)


def _is_needed(climber: Climber, rung: Rung, confirming: Collection[str], *, night: bool) -> bool:
    if rung.roles and climber.person.role not in rung.roles:
        return False
    if climber.has(rung.need(night=night), confirming):
        return False
    if not climber.standing.is_for_all and not rung.action.sends:
        return False
    return rung.no_receipt or climber.is_delivered or not climber.is_silent
