"""A breaker: a provider, or a part of it, that gets nothing but probes for a while."""

from dataclasses import dataclass
from datetime import UTC, datetime

from warnbroker.model.provider import BreakerReport, Fault


@dataclass(slots=True)
class Breaker:
    """Open since ``opened`` and until a probe succeeds; times in seconds since 1970.

    ``until`` is when the next probe may leave, ``asked`` when the last one did, ``pause`` what
    follows one that fails.
    """

    fault: Fault
    opened: float
    pause: float
    until: float
    scope: str = ""
    code: str = ""
    asked: float = 0.0

    def probe(self, now: float, every: float, *, hurry: bool = False) -> bool:
        """Take the next probe if it is due; sooner in a hurry, where nothing else is left."""
        if now < self.next_probe(now, every, hurry=hurry):
            return False
        self.until, self.asked = now + every, now
        return True

    def next_probe(self, now: float, every: float, *, hurry: bool = False) -> float:
        """Return when the next probe may leave."""
        # A clock that was set back must not keep it shut for hours.
        if self.until - now > max(self.pause, every) or self.asked > now:
            self.until, self.asked = now + self.pause, 0.0
        hurried = hurry and self.fault is Fault.FAILURES
        return min(self.until, max(self.opened, self.asked) + every) if hurried else self.until

    def failed(self, now: float, longest: float) -> None:
        """Rest again after a probe that failed, twice as long."""
        self.asked = min(self.asked, now) if self.fault is Fault.FAILURES else 0.0
        if self.fault is Fault.FAILURES:
            self.pause = min(self.pause * 2, longest)
        self.until = now + self.pause

    def held(self, now: float) -> bool:
        """Tell whether nothing was said against a probe for as long as a pause."""
        return 0.0 < self.asked <= now - self.pause

    def report(self) -> BreakerReport:
        """Return it as the readiness board shows it."""
        return BreakerReport(
            self.fault, instant(self.opened), instant(self.until), self.scope, self.code
        )


def instant(seconds: float) -> datetime:
    """Return the moment so many seconds after 1970."""
    return datetime.fromtimestamp(seconds, UTC)
