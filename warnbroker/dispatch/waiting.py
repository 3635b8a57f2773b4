"""Deliveries that a lane holds for a moment: a rate, a breaker or a throttle is in their way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from warnbroker.dispatch.providers.router import Held
from warnbroker.model.record import ClaimedDelivery

SHORT = timedelta(seconds=2)
"""What waits longer goes back into the ledger, where others can see why."""

LEAST = 0.01
"""Seconds that a lane waits at least before it asks again."""


@dataclass(slots=True)
class Waiting:
    """What is held in the memory of one lane, each until its time."""

    _held: list[Held] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._held)

    def add(self, held: Sequence[Held], now: datetime) -> Sequence[Held]:
        """Keep those that wait shortly; return the others."""
        self._held += [one for one in held if one[1].until <= now + SHORT]
        return [one for one in held if one[1].until > now + SHORT]

    def due(self, now: datetime) -> Sequence[ClaimedDelivery]:
        """Return those whose time has come, which are held no longer."""
        due = [item for item, hold in self._held if hold.until <= now]
        if due:
            self._held = [one for one in self._held if one[1].until > now]
        return due

    def all(self) -> Sequence[ClaimedDelivery]:
        """Return everything, which is held no longer."""
        held, self._held = self._held, []
        return [item for item, _ in held]

    def seconds(self, now: datetime) -> float | None:
        """Return how long the next one waits, None where nothing does."""
        if not self._held:
            return None
        first = min(hold.until for _, hold in self._held)
        return max(LEAST, (first - now).total_seconds())
