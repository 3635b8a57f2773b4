"""When a delivery is tried again: exponential, full jitter, until it expires."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from warnbroker.model.receipt import Reason, Receipt, State

FAILS_OVER = frozenset(
    {
        Reason.CONNECT,
        Reason.THROTTLED,
        Reason.PROVIDER_BUSY,
        Reason.REFUSED_FOR_NOW,
        Reason.CONFIG,
        Reason.POLICY,
        Reason.TIMEOUT,
        Reason.RESET,
        Reason.SERVER_ERROR,
    }
)
"""What this one provider alone is at fault for: another may be asked at once."""

PATIENT = frozenset({Reason.BOUNCED})
"""What a relay has been trying all along: soon again is of no use, however grave it is."""

UNCOUNTED = frozenset({Reason.THROTTLED})
"""What was never processed, so that it does not lengthen the next delay."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Delays in seconds: the first step, and the longest for grave and for other levels.

    ``floors`` are the shortest delays by reason: a busy line is not free a second later;
    ``caps`` are the longest, where a reason has one of its own. Nothing is tried again
    ``max_age`` after the first attempt; with 0, until the expiry.
    """

    first: float = 2.0
    cap: float = 900.0
    cap_grave: float = 60.0
    grave_rank: int = 2
    floors: Mapping[Reason, float] = field(default_factory=dict)
    caps: Mapping[Reason, float] = field(default_factory=dict)
    max_age: float = 0.0
    chance: random.Random = field(default_factory=random.Random)

    def next_attempt(
        self, now: datetime, receipt: Receipt, *, attempts: int, rank: int, ends: datetime
    ) -> datetime | None:
        """Return when to try again after a temporary failure, None if that is too late."""
        cap = self.cap_grave if rank <= self.grave_rank else self.cap
        floor = 0.0
        if receipt.reason:
            cap = min(cap, self.caps.get(receipt.reason, cap))
            floor = self.floors.get(receipt.reason, 0.0)
            if receipt.reason not in PATIENT:
                floor = min(cap, floor)
        ceiling = min(cap, self.first * 2 ** min(attempts - 1, 20))
        # A provider that names its own delay knows better than our curve.
        wait = max(self.chance.uniform(0, ceiling), floor, receipt.retry_after)
        due = now + timedelta(seconds=wait)
        return due if receipt.state is State.FAILED_TEMP and due < ends else None

    def ends(self, begun: datetime, expires: datetime) -> datetime:
        """Return until when a delivery is tried whose first attempt began then."""
        if not self.max_age:
            return expires
        return min(expires, begun + timedelta(seconds=self.max_age))
