"""When a delivery is tried again: exponential, full jitter, until it expires."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from warnbroker.model.receipt import Reason, Receipt, State


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Delays in seconds: the first step, and the longest for grave and for other levels.

    ``floors`` are the shortest delays by reason: a busy line is not free a second later.
    """

    first: float = 2.0
    cap: float = 900.0
    cap_grave: float = 60.0
    grave_rank: int = 2
    floors: Mapping[Reason, float] = field(default_factory=dict)
    chance: random.Random = field(default_factory=random.Random)

    def next_attempt(
        self, now: datetime, receipt: Receipt, *, attempts: int, rank: int, expires: datetime
    ) -> datetime | None:
        """Return when to try again after a temporary failure, None if that is too late."""
        cap = self.cap_grave if rank <= self.grave_rank else self.cap
        ceiling = min(cap, self.first * 2 ** min(attempts - 1, 20))
        floor = min(self.floors.get(receipt.reason, 0.0) if receipt.reason else 0.0, cap)
        # A provider that names its own delay knows better than our curve.
        wait = max(self.chance.uniform(0, ceiling), floor, receipt.retry_after)
        due = now + timedelta(seconds=wait)
        return due if receipt.state is State.FAILED_TEMP and due < expires else None
