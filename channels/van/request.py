"""What a plan is asked for, and by when people must have heard."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from channels.van.fleet import Fleet, Van
from channels.van.model import Briefing
from channels.van.voice import Voice, make_voice, reading_seconds

FALLBACK = timedelta(minutes=45)
"""How long route alerting may take where no onset is known (FEMA-REP-10)."""

_UNKNOWN_MESSAGE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What a plan is made for.

    ``area`` is longitude and latitude in degrees; ``start`` is when the crews are called.
    Without ``population`` every 25 m of street counts alike. ``radius`` (metres)
    overrides the fleet's, for wind or rain; ``message_seconds`` the estimate from the
    scripts; ``dwell_seconds`` is the least time for one leg. The search ends after
    ``rounds`` or ``seconds``, and is repeatable while the rounds are what ends it.
    """

    alert: str
    briefing: Briefing
    area: BaseGeometry
    start: datetime
    deadline: datetime
    fleet: Fleet
    roads: Path
    population: Path | None
    seconds: float = 5.0
    rounds: int = 1000
    radius: float | None = None
    message_seconds: float | None = None
    dwell_seconds: float = 45.0

    def languages(self, van: Van) -> tuple[str, ...]:
        """Return the languages whose scripts a van reads out; all if its crew knows none."""
        scripts = tuple(self.briefing.scripts)
        return tuple(filter(van.speaks, scripts)) or scripts

    def voice(self, van: Van) -> Voice:
        """Return how a van is heard with this message."""
        scripts = [self.briefing.scripts[tag] for tag in self.languages(van)]
        readings = [reading_seconds(script) for script in scripts] or [_UNKNOWN_MESSAGE]
        if self.message_seconds is not None:
            readings = [self.message_seconds]
        radius = self.radius or van.audible_radius_m
        return make_voice(radius, van.announcing_kmh, readings, self.dwell_seconds)

    def limit(self, van: Van) -> float:
        """Return the seconds after the start by which a van must have finished."""
        ends = [self.deadline, self.start + timedelta(minutes=van.shift_end_minutes)]
        if self.briefing.expires is not None:
            ends.append(self.briefing.expires)
        return (min(ends) - self.start).total_seconds()


def deadline_for(
    onset: datetime | None, start: datetime, expires: datetime, lead: timedelta
) -> datetime:
    """Return by when people must have heard: the onset less the time they need to act.

    Without an onset, or with one that has passed, 45 minutes after the start stand in its
    place. Where the lead would eat more than half of the time, half of it is kept.
    """
    due = onset if onset is not None and onset > start else start + FALLBACK
    return min(max(due - lead, start + (due - start) / 2), expires)
