"""Rate limits: how many of a batch may go now, and what delays the others."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

from warnbroker.contracts.channel import Limit
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.rates import Grant, RateStore, Want
from warnbroker.dispatch.providers.breaker import instant
from warnbroker.model.provider import Hold

Asked = tuple[Sequence[Limit], int]
"""The rates that a send counts against, and its rank."""

Kind = tuple[str, bool]
"""The key of a rate, and whether it is asked for something grave."""

RATE = "rate:"
"""How the cause of a hold begins that waits for its turn under a rate."""

MOST_KEPT = 10_000


@dataclass(slots=True)
class Lease:
    """What is left of a grant until it lapses; ``ask_at`` is when it pays to ask again."""

    left: int = 0
    lapses: float = 0.0
    ask_at: float = 0.0


@dataclass(slots=True)
class Meter:
    """Works off what it has leased from the ledger, which all processes share.

    It leases what ``slice_`` seconds give. The share ``reserve`` of each rate is kept for
    ranks up to ``grave_rank``. ``channel`` keeps alike keys of two channels apart.
    """

    rates: RateStore
    clock: Clock
    reserve: float = 0.1
    slice_: float = 0.25
    grave_rank: int = 2
    channel: str = ""
    _leases: dict[Kind, Lease] = field(default_factory=dict)

    async def admit(self, limits: Sequence[Limit], rank: int) -> float:
        """Return 0 if one send may go now, else in how many seconds to ask again.

        Raises:
            StoreError: the ledger refused.
        """
        [hold] = await self.admit_batch([(limits, rank)])
        return 0.0 if hold is None else max(0.001, (hold.until - self.clock.now()).total_seconds())

    async def admit_batch(self, batch: Sequence[Asked]) -> Sequence[Hold | None]:
        """Return for each send of a batch None if it may go now, or what delays it.

        Those that stand first are served first.

        Raises:
            StoreError: the ledger refused; nothing may go.
        """
        bounded = [self._bounded(limits, rank) for limits, rank in batch]
        if not any(bounded):
            return [None] * len(batch)
        await self._lease(bounded)
        now = self.clock.now().timestamp()
        return [self._use(kinds, now) for kinds in bounded]

    def _bounded(self, limits: Sequence[Limit], rank: int) -> dict[Kind, float]:
        grave = rank <= self.grave_rank
        return {
            (limit.key, grave): limit.per_second for limit in limits if 0 < limit.per_second < inf
        }

    async def _lease(self, bounded: Sequence[dict[Kind, float]]) -> None:
        now = self.clock.now().timestamp()
        wants = list(self._wants(bounded, now))
        if wants:
            grants = await self.rates.lease(
                wants, self.clock.now(), slice_=self.slice_, reserve=self.reserve
            )
            start = len(self.channel) + 1 if self.channel else 0
            for want, grant in zip(wants, grants, strict=True):
                self._keep((want.key[start:], want.grave), grant)

    def _wants(self, bounded: Sequence[dict[Kind, float]], now: float) -> Iterator[Want]:
        rates = {kind: rate for kinds in bounded for kind, rate in kinds.items()}
        needed = Counter(kind for kinds in bounded for kind in kinds)
        # What is grave is asked for first, so that the rest sees that it waits.
        for kind in sorted(rates, key=lambda kind: (not kind[1], kind[0])):
            lease = self._held(kind, now)
            short = needed[kind] - lease.left
            asked_lately = now < lease.ask_at <= now + 1 / rates[kind] + 4 * self.slice_
            if short > 0 and not asked_lately:
                ahead = max(0, int(rates[kind] * self.slice_) - short)
                key = f"{self.channel}/{kind[0]}" if self.channel else kind[0]
                yield Want(key, rates[kind], short, ahead, grave=kind[1])

    def _held(self, kind: Kind, now: float) -> Lease:
        while len(self._leases) >= MOST_KEPT:
            self._leases.pop(next(iter(self._leases)))
        lease = self._leases.setdefault(kind, Lease())
        if not now < lease.lapses <= now + self.slice_:
            lease.left = 0
        return lease

    def _keep(self, kind: Kind, grant: Grant) -> None:
        now = self.clock.now().timestamp()
        lease = self._held(kind, now)
        lease.left += grant.number
        lease.lapses, lease.ask_at = now + self.slice_, now + grant.wait

    def _use(self, kinds: dict[Kind, float], now: float) -> Hold | None:
        leases = [(kind, self._held(kind, now)) for kind in kinds]
        empty = [(lease.ask_at, key) for (key, _), lease in leases if lease.left <= 0]
        if empty:
            until, key = max(empty)
            return Hold(f"{RATE}{key}", instant(max(until, now + 0.001)))
        for _, lease in leases:
            lease.left -= 1
        return None
