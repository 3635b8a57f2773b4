"""What delays a channel's deliveries at present, and the rates that were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf

from warnbroker.contracts.channel import Limit
from warnbroker.metrics import DELAYS
from warnbroker.model.provider import Hold, ProviderReport

MOST_KEPT = 500
JUST_NOW = timedelta(seconds=2)
"""A delay that ended so long ago may still be felt: what waited asks again about then."""


@dataclass(slots=True)
class Status:
    """The newest hold of each cause, and rates by key."""

    holds: dict[str, Hold] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)

    def held(self, channel: str, holds: Sequence[Hold], now: datetime) -> None:
        """Note what delays deliveries now."""
        for hold in holds:
            DELAYS.labels(channel, hold.kind).inc()
            self.holds[hold.cause] = hold
        if len(self.holds) > MOST_KEPT:
            self.holds = {hold.cause: hold for hold in self.current(now)[:MOST_KEPT]}

    def bounded(self, bounds: Sequence[Sequence[Limit]]) -> None:
        """Note the rates that sends count against."""
        for limits in bounds:
            for limit in limits:
                if limit.per_second < inf and len(self.rates) < MOST_KEPT:
                    self.rates[limit.key] = limit.per_second

    def current(self, now: datetime) -> Sequence[Hold]:
        """Return what delays deliveries at a moment."""
        return [hold for hold in self.holds.values() if hold.until > now - JUST_NOW]

    def completed(self, report: ProviderReport, now: datetime) -> ProviderReport:
        """Return a report with the rates and delays that concern its provider."""
        name = report.provider
        return replace(
            report,
            limits={key: rate for key, rate in self.rates.items() if key.split("/")[0] == name},
            delays=tuple(hold for hold in self.current(now) if hold.provider == name),
        )
