"""How fast a provider takes sends after it said that it takes no more.

A refusal now and then slows nothing: what was refused comes again by itself. Where they are
many, the provider gets two thirds of what it has just taken, then twice as much every second
up to that, and a little more every second from there on, until a minute has passed without.
"""

from dataclasses import dataclass
from math import inf

LONGEST_NAMED = 900.0
"""Seconds of rest that a provider may ask for; it is asked again then, whatever it said."""

CALM = 60.0
"""Seconds without a cut after which nothing is bounded any more."""

CUT = 2 / 3
EVERY = 1.0
"""Seconds for which refusals are counted, and after which more is given."""

BURST = 0.25
"""Seconds of sends that may leave at once."""


@dataclass(slots=True)
class Throttle:
    """``rate`` is how many sends a second it gets, ``until`` the end of a rest that it asked for.

    ``least`` refusals that are ``share`` of a second's sends cut the rate, never below
    ``slowest``. Times are seconds since 1970; ``taken`` is how many sends it ever took.
    """

    least: int
    share: float
    slowest: float
    rate: float = inf
    until: float = 0.0
    _known: float = inf
    _cut: float = 0.0
    _next: float = 0.0
    _mark: float = 0.0
    _taken: int = 0
    _refused: int = 0
    _lately: float = 0.0

    def refused(self, started: float, now: float, named: float, taken: int) -> bool:
        """Take in a refusal, and the rest that it asks for; tell whether the rate was cut."""
        # What was under way when it was cut says nothing about the new rate.
        if started <= self._cut <= now or 0 <= now - self._cut < EVERY:
            return False
        self._refused += 1
        took = taken - self._taken
        if self._refused < self.least or self._refused < self.share * (self._refused + took):
            return False
        takes = max(self._lately, took / max(now - self._mark, EVERY))
        # At the first cut too little was seen to know how much it takes: that is soon found out.
        self._known = takes if self._cut and takes > self.slowest else inf
        self.rate = max(self.slowest, min(self.rate, takes) * CUT)
        self._cut, self._next = now, now
        self.until = now + min(named, LONGEST_NAMED)
        self._begin(now, taken)
        return True

    def look(self, now: float, taken: int) -> bool:
        """Count anew, and give more than in the second before; tell whether the bound is gone."""
        if 0 <= now - self._mark < EVERY:
            return False
        if self._mark:
            self._lately = (taken - self._taken) / max(now - self._mark, EVERY)
        self._begin(now, taken)
        if self.rate == inf or now < self.until <= now + LONGEST_NAMED:
            return False
        self.rate *= 2.0 if self.rate < self._known else 1.1
        if 0 <= now - max(self._cut, self.until) < CALM:
            return False
        self.lift()
        return True

    def lift(self) -> None:
        """Bound nothing any more."""
        self.rate, self._known = inf, inf
        self.until = self._next = self._cut = 0.0

    def wait(self, now: float) -> float:
        """Return how many seconds the next send must wait, 0 for none."""
        if now < self.until <= now + LONGEST_NAMED:
            return self.until - now
        # A clock that was set back must not stop it.
        if self.rate == inf or self._next > now + 2 / self.slowest:
            return 0.0
        return max(0.0, self._next - now)

    def use(self, now: float) -> None:
        """Count a send that is about to leave."""
        if self.rate != inf:
            begin = self._next if self._next <= now + 2 / self.slowest else now
            self._next = max(begin, now - BURST) + 1.0 / self.rate

    def _begin(self, now: float, taken: int) -> None:
        self._mark, self._taken, self._refused = now, taken, 0
