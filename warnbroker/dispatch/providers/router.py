"""Route a batch of claimed deliveries: each gets its provider, or is held with its cause."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from warnbroker.contracts.channel import Limit
from warnbroker.contracts.clock import Clock
from warnbroker.dispatch.providers.chooser import Chooser, Limits, is_budgeted
from warnbroker.dispatch.providers.health import Health
from warnbroker.dispatch.providers.meter import Meter
from warnbroker.dispatch.providers.status import Status
from warnbroker.model.provider import Hold, ProviderReport
from warnbroker.model.receipt import Receipt
from warnbroker.model.record import ClaimedDelivery, Sent

Held = tuple[ClaimedDelivery, Hold]


@dataclass(frozen=True, slots=True)
class Routed:
    """Those that may go now, each with its provider, and those that may not, with the cause."""

    ready: Sequence[ClaimedDelivery]
    held: Sequence[Held] = ()


@dataclass(slots=True)
class Router:
    """What a channel's lane asks before it sends, and tells afterwards.

    Without ``limits`` the channel has no choice: everything is ready, the health is only
    looked at.
    """

    health: Health
    meter: Meter
    clock: Clock
    limits: Limits | None = None
    status: Status = field(default_factory=Status)
    _chooser: Chooser | None = field(init=False)
    _alone: bool = field(init=False)

    def __post_init__(self) -> None:
        """Take the providers that there are."""
        self._chooser = Chooser(self.health, self.limits) if self.limits else None
        self._alone = len(self.health.conditions) == 1

    async def route(self, batch: Sequence[ClaimedDelivery]) -> Routed:
        """Return who may go now; those that stand first are served first.

        Raises:
            StoreError: the ledger refused to say what is free of a rate; nothing may go.
        """
        if self._chooser is None or self.limits is None:
            return Routed(batch)
        now = self.clock.now()
        chosen = [
            self._chooser.choose(item.address, item.avoid, item.rank, now, attempts=item.attempts)
            for item in batch
        ]
        bounds = [
            self.limits(item.address, name) if isinstance(name, str) else ()
            for item, name in zip(batch, chosen, strict=True)
        ]
        holds = await self._meter(batch, bounds)
        for item, name, hold in zip(batch, chosen, holds, strict=True):
            if hold and isinstance(name, str) and is_budgeted(item.attempts, item.avoid):
                self._chooser.give_back(name, now)
        return self._sorted(batch, chosen, holds, now)

    @property
    def serves(self) -> bool:
        """Tell whether any provider takes messages now."""
        return any(not one.breaker for one in self.health.conditions.values())

    def results(self, sent: Sequence[Sent]) -> None:
        """Learn from what came of sends."""
        now = self.clock.now()
        if all(one.is_taken for one in sent):
            self.health.taken([(one.item.provider, one.started_at) for one in sent], now)
            return
        for one in sent:
            self.health.result(one.item.provider, one.receipt, now, one.started_at)

    def receipt(self, provider: str, started_at: datetime, receipt: Receipt) -> None:
        """Learn from what is heard later of an attempt by a provider, empty for the only one."""
        self.health.receipt(provider, started_at, receipt, self.clock.now())

    def reports(self) -> Sequence[ProviderReport]:
        """Return how each provider is, and what delays it now."""
        now = self.clock.now()
        return [self.status.completed(report, now) for report in self.health.reports()]

    async def _meter(
        self, batch: Sequence[ClaimedDelivery], bounds: Sequence[Sequence[Limit]]
    ) -> Sequence[Hold | None]:
        # A rate without end only names what a send counts to.
        if not any(limit.per_second != inf for limits in bounds for limit in limits):
            return [None] * len(batch)
        self.status.bounded(bounds)
        ranks = (item.rank for item in batch)
        return await self.meter.admit_batch(list(zip(bounds, ranks, strict=True)))

    def _sorted(
        self,
        batch: Sequence[ClaimedDelivery],
        chosen: Sequence[str | Hold],
        holds: Sequence[Hold | None],
        now: datetime,
    ) -> Routed:
        ready, held = [], []
        for item, name, hold in zip(batch, chosen, holds, strict=True):
            if isinstance(name, Hold):
                held.append((item, name))
            elif hold is not None:
                held.append((item, hold))
            else:
                ready.append(item if self._alone else item.via(name))
        self.status.held(self.health.channel, [hold for _, hold in held], now)
        return Routed(ready, held)
