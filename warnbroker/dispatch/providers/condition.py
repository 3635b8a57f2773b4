"""The condition of one provider: what it may get now, from all that was heard of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from warnbroker.contracts.channel import Provider
from warnbroker.dispatch.providers.breaker import Breaker
from warnbroker.dispatch.providers.effect import Effect
from warnbroker.dispatch.providers.promptness import Promptness
from warnbroker.dispatch.providers.rules import FailoverRules
from warnbroker.dispatch.providers.tally import Tally
from warnbroker.dispatch.providers.throttle import Throttle
from warnbroker.model.provider import Fault, ProviderState
from warnbroker.model.receipt import Receipt

NEWEST = 0.02
"""The weight of the newest send in the shares that the board shows."""


@dataclass(slots=True)
class Condition:
    """``share`` is what it gets of its weight; ``since`` when that was last lowered.

    ``changed`` is called with every change of what it may get; nothing ever changes where it is
    only ``watched``. ``others_work`` tells whether another is not given up. Times are seconds
    since 1970.
    """

    provider: Provider
    rules: FailoverRules
    changed: Callable[["Condition", Breaker | None, Fault | None], None]
    watched: bool = False
    others_work: Callable[["Condition"], bool] = lambda _condition: True
    share: float = 1.0
    since: float = 0.0
    fault: Fault | None = None
    breaker: Breaker | None = None
    scoped: dict[str, Breaker] = field(default_factory=dict)
    errors: float = 0.0
    throttles: float = 0.0
    last_handoff: float = 0.0
    reset_at: float = 0.0
    sent: int = 0
    tally: Tally = field(init=False)
    retries: Tally = field(init=False)
    promptness: Promptness = field(init=False)
    throttle: Throttle = field(init=False)
    _pause: float = 0.0
    _stepped: float = 0.0
    _looked: float = 0.0

    def __post_init__(self) -> None:
        """Begin with nothing known, which counts as well."""
        rules = self.rules
        self.tally = Tally(rules.window)
        self.retries = Tally(rules.window)
        self.promptness = Promptness(rules.slow_after, rules.slow_window)
        self.throttle = Throttle(rules.trip_least, rules.throttle_share, rules.slowest)
        self._pause = rules.pause

    @property
    def state(self) -> ProviderState:
        """Return the word for it."""
        if self.breaker:
            return ProviderState.OPEN
        if self.fault is Fault.RECEIPTS:
            return ProviderState.SLOW
        return ProviderState.FAILING if self.share < 1 or self.scoped else ProviderState.OK

    def goods(self, starts: Sequence[float], now: float) -> None:
        """Take in that it took the sends that began then, as it does most."""
        rest = (1 - NEWEST) ** len(starts)
        self.errors *= rest
        self.throttles *= rest
        self.last_handoff, self.sent = now, self.sent + len(starts)
        for started in starts if self.breaker else ():
            if self.breaker:
                self._learn_probe(self.breaker, Effect.GOOD, started, now)
        counted = sum(started >= self.since for started in starts)
        if counted and not self.breaker:
            self.tally.add(now, counted, 0)
        if self.provider.receipt_timeout is not None and not self.watched:
            for started in starts:
                self.promptness.sent(started)

    def learn(self, effect: Effect, receipt: Receipt, started: float, now: float) -> None:
        """Take in how a send ended that began at ``started``."""
        self._average(effect)
        if self.watched:
            return
        if receipt.scope and effect is Effect.CONFIG:
            self._open_scope(receipt, started, now)
        elif self.breaker:
            self._learn_probe(self.breaker, effect, started, now)
        elif effect is Effect.CONFIG:
            self.open(Fault.CONFIG, receipt.code, now)
        elif effect is Effect.THROTTLE:
            if self.throttle.refused(started, now, receipt.retry_after, self.sent):
                self.changed(self, None, None)
        elif effect is not Effect.NONE and started >= self.since:
            self._count(effect, receipt, now)

    def open(self, fault: Fault, code: str, now: float) -> None:
        """Give it nothing but probes from now on."""
        pause = self.rules.config_pause if fault is Fault.CONFIG else self._pause
        self.breaker = Breaker(fault, now, pause, now + pause, code=code)
        self._lower(self.rules.lowest, fault, now)
        self.changed(self, self.breaker, fault)

    def close(self, now: float) -> None:
        """Let it have a little again; the next opening lasts longer until it is whole."""
        closed, self.breaker = self.breaker, None
        if closed and closed.fault is Fault.FAILURES:
            self._pause = min(closed.pause * 2, self.rules.longest_pause)
        self._lower(self.rules.lowest, Fault.FAILURES, now)
        self.changed(self, None, None)

    def close_scope(self, scope: str) -> None:
        """Let it serve a country or sender again."""
        if self.scoped.pop(scope, None):
            self.changed(self, None, None)

    def reset(self, at: float) -> None:
        """Forget all that was held against it until then; once for each reset."""
        # Not only later ones: the clock may have been set back between two of them.
        if at == self.reset_at:
            return
        self.reset_at = at
        self.breaker, self.fault, self.share = None, None, 1.0
        self.scoped.clear()
        self.tally.clear()
        self.retries.clear()
        self.throttle.lift()
        self._pause = self.rules.pause
        self.changed(self, None, None)

    def look(self, now: float) -> None:
        """Do what is due with time: see whether receipts are late, give back a step."""
        for scope in [scope for scope, part in self.scoped.items() if part.held(now)]:
            self.close_scope(scope)
        if self.throttle.look(now, self.sent):
            self.changed(self, None, None)
        if self.breaker:
            return
        if now - self._looked >= self.rules.restore_every / 4 or now < self._looked:
            self._looked = now
            self._look_for_receipts(now)
        patience = self.rules.slow_after if self.fault is Fault.RECEIPTS else 0.0
        due = max(self.since + patience, self._stepped) + self.rules.restore_every
        if self.share < 1 and (now >= due or now < self.since):
            self._step_up(now)

    def _average(self, effect: Effect) -> None:
        self.errors += NEWEST * ((effect in {Effect.BAD, Effect.CONFIG}) - self.errors)
        self.throttles += NEWEST * ((effect is Effect.THROTTLE) - self.throttles)

    def _count(self, effect: Effect, receipt: Receipt, now: float) -> None:
        bad = effect is Effect.BAD
        self.tally.add(now, not bad, bad)
        if not bad:
            return
        self.tally.drop(now)
        failures, rules = self.tally.second, self.rules
        share = failures / (self.tally.first + failures)
        worst = rules.trip_share if self.others_work(self) else rules.last_share
        if failures >= rules.trip_least and share >= worst:
            self.open(Fault.FAILURES, receipt.code, now)
        elif failures >= rules.ease_least and share >= rules.ease_share:
            self._ease(Fault.FAILURES, now)

    def _learn_probe(self, breaker: Breaker, effect: Effect, started: float, now: float) -> None:
        # What left before it opened says nothing about how it is now.
        if started < breaker.opened:
            return
        if effect is Effect.GOOD:
            self.close(now)
        elif effect in {Effect.BAD, Effect.CONFIG}:
            breaker.failed(now, self.rules.longest_pause)

    def _open_scope(self, receipt: Receipt, started: float, now: float) -> None:
        known = self.scoped.get(receipt.scope)
        if known:
            if started >= known.opened:
                known.failed(now, self.rules.longest_pause)
            return
        pause = self.rules.config_pause
        breaker = Breaker(Fault.CONFIG, now, pause, now + pause, receipt.scope, receipt.code)
        self.scoped[receipt.scope] = breaker
        self.changed(self, breaker, Fault.CONFIG)

    def _ease(self, fault: Fault, now: float) -> None:
        self._lower(max(self.rules.lowest, self.share * self.rules.step_down), fault, now)
        self.changed(self, None, fault)

    def _lower(self, share: float, fault: Fault, now: float) -> None:
        self.share, self.fault, self.since = share, fault, now
        self._stepped = now
        self.tally.clear()
        self.promptness.start_over(now)

    def _look_for_receipts(self, now: float) -> None:
        sent, late = self.promptness.late(now)
        if sent >= self.rules.slow_least and late / sent > self.rules.slow_share:
            self._ease(Fault.RECEIPTS, now)

    def _step_up(self, now: float) -> None:
        self._stepped = now
        self.share = min(1.0, self.share + self.rules.step_up)
        if self.share >= 1:
            self.share, self.fault, self._pause = 1.0, None, self.rules.pause
        self.changed(self, None, None)
