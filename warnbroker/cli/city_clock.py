"""Instants as the clocks of the municipality show them, wherever the terminal stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class CityClock:
    """Writes instants in a zone; None is the zone of this terminal."""

    zone: tzinfo | None
    name: str

    def time(self, text: str, *, seconds: bool = True) -> str:
        """Return the time of day of an ISO 8601 instant, with the date where it is not today."""
        local = datetime.fromisoformat(text).astimezone(self.zone)
        day = "" if local.date() == datetime.now(self.zone).date() else f"{local:%m-%d} "
        return f"{day}{local:%H:%M:%S}" if seconds else f"{day}{local:%H:%M}"

    def moment(self, text: str) -> str:
        """Return an ISO 8601 instant whole, with the zone."""
        local = datetime.fromisoformat(text).astimezone(self.zone)
        return f"{local:%Y-%m-%d %H:%M:%S} {self.name}"

    def headed(self, heading: str) -> str:
        """Return the heading of a column of times, with the zone that they are in."""
        return f"{heading} ({self.name})"


def clock_of(answer: Mapping[str, Any]) -> CityClock:
    """Return the clock of the municipality that answered, or this terminal's where it is older."""
    try:
        zone = ZoneInfo(str(answer["time_zone"]))
    except (KeyError, ValueError, OSError):
        return CityClock(None, datetime.now().astimezone().tzname() or "")
    return CityClock(zone, zone.key)
