"""The health of a channel's providers, from what came of the sends and from later receipts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import inf

from warnbroker.contracts.channel import Provider
from warnbroker.dispatch.providers.breaker import Breaker, instant
from warnbroker.dispatch.providers.condition import Condition
from warnbroker.dispatch.providers.effect import Effect, effect_of
from warnbroker.dispatch.providers.promptness import Slot
from warnbroker.dispatch.providers.rules import FailoverRules
from warnbroker.model.provider import Change, Fault, ProviderReport
from warnbroker.model.receipt import POSITIVE, TOLD, Receipt, State

LOOK_EVERY = 1.0
"""Seconds between two looks at what is due with time."""

_ENDED = TOLD | {State.FAILED_TEMP, State.FAILED_PERM, State.EXPIRED}


class Health:
    """Knows how each provider is; ``version`` grows with every change of what one may get.

    ``tell`` is called with every change. The name of the only provider may be left out; names
    that it does not know are passed over. With ``watches`` it only looks on.
    """

    def __init__(
        self,
        channel: str,
        providers: Sequence[Provider],
        rules: FailoverRules | None = None,
        tell: Callable[[Change], None] = lambda _change: None,
        *,
        watches: bool = False,
    ) -> None:
        self.channel, self.rules = channel, rules or FailoverRules()
        self.version = 0
        self.wake = 0.0
        self._tell = tell
        self.conditions: Mapping[str, Condition] = {
            provider.name: Condition(
                provider, self.rules, self._changed, watches, self._others_work
            )
            for provider in providers
        }
        self._only = next(iter(self.conditions.values())) if len(providers) == 1 else None

    def result(
        self, provider: str, receipt: Receipt, now: datetime, started_at: datetime | None = None
    ) -> None:
        """Learn from what came of a send; ``started_at`` is when it began, if that is known."""
        condition = self._of(provider)
        if condition is None:
            return
        at = now.timestamp()
        started = started_at.timestamp() if started_at else at
        if receipt.state in POSITIVE:
            condition.goods([started], at)
        else:
            condition.learn(effect_of(receipt), receipt, started, at)

    def taken(self, sent: Sequence[tuple[str, datetime]], now: datetime) -> None:
        """Learn that all of these were taken: by whom, and when the send began."""
        began: dict[str, list[float]] = {}
        for provider, started_at in sent:
            began.setdefault(provider, []).append(started_at.timestamp())
        for provider, starts in began.items():
            condition = self._of(provider)
            if condition is not None:
                condition.goods(starts, now.timestamp())

    def receipt(self, provider: str, started_at: datetime, receipt: Receipt, now: datetime) -> None:
        """Learn from a receipt that came later, by callback or look-up."""
        condition = self._of(provider)
        if condition is None:
            return
        started, at = started_at.timestamp(), now.timestamp()
        if receipt.state in _ENDED:
            condition.promptness.answered(started, at)
        effect = effect_of(receipt)
        if effect in {Effect.BAD, Effect.CONFIG}:
            condition.learn(effect, receipt, started, at)

    def look(self, now: datetime) -> None:
        """Do what is due with time; cheap, so it may be called as often as one likes."""
        at = now.timestamp()
        self.wake = at + LOOK_EVERY
        for condition in self.conditions.values():
            condition.look(at)

    def reset(self, provider: str, at: datetime) -> None:
        """Forget what was held against a provider until then; the same reset again is none."""
        condition = self.conditions.get(provider)
        if condition is not None:
            condition.reset(at.timestamp())

    def restore(self, report: ProviderReport, now: datetime) -> None:
        """Take over the breakers that an ended process left open; each is probed at once."""
        condition = self.conditions.get(report.provider)
        if condition is None or condition.breaker or condition.watched:
            return
        at = now.timestamp()
        if report.last_handoff:
            condition.last_handoff = report.last_handoff.timestamp()
        for found in report.breakers:
            if found.fault is not Fault.CONFIG:
                continue
            pause = self.rules.config_pause
            breaker = Breaker(found.fault, at, pause, at, found.scope, found.code)
            if found.scope:
                condition.scoped[found.scope] = breaker
            else:
                condition.breaker, condition.share = breaker, self.rules.lowest
            self.version += 1

    def others(self, provider: str, slots: Sequence[Slot]) -> None:
        """Take in what other processes have sent by a provider and heard of it."""
        condition = self.conditions.get(provider)
        if condition is not None:
            condition.promptness.others = slots

    def reports(self) -> Sequence[ProviderReport]:
        """Return how each provider is."""
        return [self._report(condition) for condition in self.conditions.values()]

    def _others_work(self, condition: Condition) -> bool:
        return any(one is not condition and not one.breaker for one in self.conditions.values())

    def _of(self, provider: str) -> Condition | None:
        return self.conditions.get(provider) if provider else self._only

    def _report(self, condition: Condition) -> ProviderReport:
        breakers = [condition.breaker] if condition.breaker else []
        throttle, handed = condition.throttle, condition.last_handoff
        return ProviderReport(
            channel=self.channel,
            provider=condition.provider.name,
            state=condition.state,
            weight=condition.provider.weight,
            share=0.0 if condition.breaker else round(condition.share, 3),
            errors=round(condition.errors, 3),
            throttled=round(condition.throttles, 3),
            latency=condition.promptness.latency,
            throttled_until=instant(throttle.until) if throttle.until else None,
            pace=None if throttle.rate == inf else round(throttle.rate, 1),
            breakers=tuple(item.report() for item in (*breakers, *condition.scoped.values())),
            last_handoff=instant(handed) if handed else None,
            sent=condition.sent,
            slots=tuple(condition.promptness.slots),
        )

    def _changed(self, condition: Condition, breaker: Breaker | None, fault: Fault | None) -> None:
        self.version += 1
        self._tell(
            Change(
                self.channel,
                condition.provider.name,
                condition.state,
                0.0 if condition.breaker else condition.share,
                fault,
                breaker.scope if breaker else "",
                breaker.code if breaker else "",
                instant(breaker.until) if breaker else None,
            )
        )
