"""Choose a provider for a delivery at the moment it is sent, among those that are well."""

import math
from bisect import bisect
from collections.abc import Callable, Sequence, Set
from datetime import datetime

from warnbroker.contracts.channel import Limit
from warnbroker.dispatch.providers.breaker import instant
from warnbroker.dispatch.providers.condition import Condition
from warnbroker.dispatch.providers.health import LOOK_EVERY, Health
from warnbroker.model.provider import UNSERVED, Fault, Hold

GOLDEN = (math.sqrt(5) - 1) / 2
"""Steps of this length, modulo 1, fall evenly on any share of the way."""

LONG = 900.0
"""Seconds until a delivery that nobody serves is looked at again."""

SOONEST = 0.02
"""Seconds for which something is held at the least, so that many go at once."""

Limits = Callable[[str, str], Sequence[Limit]]


class Chooser:
    """Draws by weight and health: exactly so many as the shares say, in an order that is mixed.

    ``limits`` are the channel's, which name the scopes that an address belongs to; ``seed``,
    from 0 to 1, is where the draw begins.
    """

    def __init__(
        self, health: Health, limits: Limits = lambda _address, _provider: (), seed: float = 0.0
    ) -> None:
        self.health, self._limits = health, limits
        self._conditions = tuple(health.conditions.values())
        self._prefixed = any(one.provider.prefixes for one in self._conditions)
        self._place = seed
        self._version = -1
        self._until = 0.0
        self._probe_at = 0.0
        self._probes = health.rules.probe_rank
        self._resort = 0.0
        self._usable: Sequence[Condition] = ()
        self._ends: list[float] = []
        self._quick: Sequence[str] = ()

    def choose(
        self, address: str, avoid: Set[str], rank: int, now: datetime, *, attempts: int = 0
    ) -> str | Hold:
        """Return the name of the provider to send by, or why none can be used now.

        ``avoid`` are passed over as long as another is well; ``attempts`` were made before.
        """
        at = now.timestamp()
        health = self.health
        if at >= health.wake or health.wake - at > LOOK_EVERY * 2:
            health.look(now)
        if health.version != self._version or at >= self._until:
            self._weigh(at)
        quick = self._quick
        if quick and not avoid and not attempts and (at < self._probe_at or rank < self._probes):
            return quick[0] if len(quick) == 1 else quick[self._draw(self._ends)]
        found = self._pick(address, avoid, rank, at)
        if is_budgeted(attempts, avoid) and isinstance(found, Condition):
            found = self._within_budget(found, rank, at)
        if isinstance(found, Hold):
            return found
        found.throttle.use(at)
        return found.provider.name

    def _weigh(self, at: float) -> None:
        """Work out anew who may be used, and how much each gets."""
        calm = [one for one in self._conditions if not one.breaker]
        self._version = self.health.version
        # Never longer than a look: a clock that is set back must not keep an old choice.
        self._until = at + LOOK_EVERY
        every = self.health.rules.probe_every
        broken = [one.breaker for one in self._conditions if one.breaker]
        self._probe_at = min((one.next_probe(at, every) for one in broken), default=math.inf)
        self._usable = [one for one in calm if one.provider.weight > 0] or calm
        self._ends = _ends(self._usable)
        slowed = any(one.scoped or one.throttle.rate < math.inf for one in self._conditions)
        troubled = self._prefixed or slowed
        self._quick = () if troubled else [one.provider.name for one in self._usable]

    def _draw(self, ends: list[float]) -> int:
        self._place = (self._place + GOLDEN) % 1.0
        return min(bisect(ends, self._place * ends[-1]), len(ends) - 1)

    def _pick(self, address: str, avoid: Set[str], rank: int, at: float) -> Condition | Hold:
        serving = [one for one in self._conditions if one.provider.serves(address)]
        if not serving:
            return Hold(UNSERVED, instant(at + LONG))
        well = [one for one in serving if self._is_well(one, address, at)]
        rules = self.health.rules
        if rank >= rules.probe_rank:
            # Where others are well, somebody whom it harms least finds out about the broken one.
            for one in serving:
                if one not in well and self._probe(one, address, at, hurry=not well):
                    self._until = 0.0
                    return one
        if well:
            return self._among(well, avoid)
        return self._last_resort(serving, avoid, rank, at)

    def _among(self, well: Sequence[Condition], avoid: Set[str]) -> Condition:
        fresh = [one for one in well if one.provider.name not in avoid] or well
        most = [one for one in fresh if one.provider.weight > 0] or fresh
        return most[self._draw(_ends(most))] if len(most) > 1 else most[0]

    def _is_well(self, one: Condition, address: str, at: float) -> bool:
        if one.breaker or one.throttle.wait(at) > 0:
            return False
        return not one.scoped or not self._closed_to(one, address)

    def _closed_to(self, one: Condition, address: str) -> Sequence[str]:
        """Return the scopes of an address in which a provider is not set up."""
        start = len(one.provider.name) + 1
        keys = (limit.key[start:] for limit in self._limits(address, one.provider.name))
        return [key for key in keys if key in one.scoped]

    def _probe(self, one: Condition, address: str, at: float, *, hurry: bool) -> bool:
        if one.throttle.wait(at) > 0:
            return False
        every = self.health.rules.probe_every
        if one.breaker:
            return one.breaker.probe(at, every, hurry=hurry)
        scopes = self._closed_to(one, address) if one.scoped else ()
        return bool(scopes) and all(one.scoped[scope].probe(at, every) for scope in scopes)

    def _last_resort(
        self, serving: Sequence[Condition], avoid: Set[str], rank: int, at: float
    ) -> Condition | Hold:
        rules = self.health.rules
        least = min(serving, key=lambda one: (self._evil(one), one.provider.name in avoid))
        slowed = not least.breaker and least.throttle.until <= at < at + least.throttle.wait(at)
        if rank > rules.grave_rank or slowed:
            return Hold(_cause(least, at), instant(max(self._next(serving, at), at + SOONEST)))
        # Grave: rather a try that fails than a wait, but no storm.
        if self._resort > at + 2 / rules.last_resort:
            self._resort = at
        if at < self._resort:
            return Hold(_cause(least, at), instant(self._resort))
        self._resort = max(self._resort, at - 1.0) + 1.0 / rules.last_resort
        return least

    def _evil(self, one: Condition) -> tuple[bool, bool, float]:
        wrong = bool(one.breaker and one.breaker.fault is Fault.CONFIG)
        return (wrong, bool(one.breaker), one.breaker.asked if one.breaker else 0.0)

    def _next(self, serving: Sequence[Condition], at: float) -> float:
        every = self.health.rules.probe_every
        return min(
            max(
                at + one.throttle.wait(at),
                one.breaker.next_probe(at, every, hurry=True) if one.breaker else at,
                *(part.next_probe(at, every) for part in one.scoped.values()),
            )
            for one in serving
        )

    def _within_budget(self, one: Condition, rank: int, at: float) -> Condition | Hold:
        rules = self.health.rules
        one.retries.drop(at)
        share = rules.retry_share_grave if rank <= rules.grave_rank else rules.retry_share
        traffic = one.tally.first + one.tally.second
        if one.retries.first >= rules.retry_least * rules.window + share * traffic:
            return Hold(f"retries:{one.provider.name}", instant(at + rules.window / 12))
        one.retries.add(at, 1, 0)
        return one

    def give_back(self, name: str, now: datetime) -> None:
        """Let a retry that cannot go yet not count: it is chosen, and counted, anew."""
        self.health.conditions[name].retries.add(now.timestamp(), -1, 0)


def is_budgeted(attempts: int, avoid: Set[str]) -> bool:
    """Tell whether a send takes from a provider's budget of retries; fail-over does not."""
    return attempts > 0 and not avoid


def _ends(usable: Sequence[Condition]) -> list[float]:
    """Return where the part of each ends, on a way as long as all their shares."""
    ends, total = [], 0.0
    for one in usable:
        total += (one.provider.weight or 1.0) * one.share
        ends.append(total)
    return ends


def _cause(one: Condition, at: float) -> str:
    kind = "throttled" if one.throttle.wait(at) > 0 else "breaker"
    return f"{kind}:{one.provider.name}"
