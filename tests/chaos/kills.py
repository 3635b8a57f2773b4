"""When the broker is to die: at each named point, and at moments that dice choose."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from random import Random

from warnbroker.failpoints import Point

ANYWHERE = "any moment"

# Passed once or a few times in the life of an alert, in this order.
EARLY: Mapping[Point, int] = {
    Point.ALERT_ACCEPTED: 1,
    Point.ALERT_PUBLISHED: 1,
    Point.TEXTS_KEPT: 1,
    Point.PAGE_PLANNED: 3,
    Point.PAGES_PLANNED: 1,
    Point.ALERT_PLANNED: 1,
}
# Passed again and again while an alert goes out; up to how many times is waited.
STEADY: Mapping[Point, int] = {
    Point.CLAIMED: 3,
    Point.BEGUN: 12,
    Point.SENT: 150,
    Point.RESULTS_ADDED: 10,
    Point.RESULTS_KEPT: 10,
    Point.EVIDENCE_ADDED: 10,
    Point.CALLBACK_READ: 60,
    Point.CALLBACK_KEPT: 60,
    Point.CLAIMS_FREED: 1,
    Point.CRASHES_NOTED: 1,
    Point.STEPS_CHOSEN: 1,
    Point.STEPS_TAKEN: 1,
}
# Passed when nothing else is left to do.
LAST: Sequence[Point] = (Point.OUTCOME_DECIDED, Point.OUTCOME_KEPT)


@dataclass(frozen=True)
class Kill:
    """One death: at a point when it is passed for the nth time, or after so many messages."""

    name: str
    times: int = 1
    messages: int = 0
    delay: float = 0.0

    @property
    def environment(self) -> Mapping[str, str]:
        """Return what makes a process die so by itself."""
        return {} if self.name == ANYWHERE else {"WARNBROKER_FAIL_AT": f"{self.name}:{self.times}"}


def early(chance: Random) -> Sequence[Kill]:
    """Return the deaths while an alert is taken and planned."""
    return [Kill(name, chance.randint(1, most)) for name, most in EARLY.items()]


def steady(chance: Random, messages: int) -> Iterator[Kill]:
    """Yield deaths while it goes out, for ever; a life sends about so many messages."""
    for name in cycle(chance.sample(list(STEADY), len(STEADY))):
        yield Kill(name, chance.randint(1, STEADY[name]))
        yield Kill(ANYWHERE, messages=chance.randrange(2 * messages), delay=chance.random() * 0.1)


def last() -> Sequence[Kill]:
    """Return the deaths while what nobody knows is resolved."""
    return [Kill(name) for name in LAST]
