"""Keep a message within its channel's budget by leaving whole sentences out, once per message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from warnbroker.render.facts import Facts
from warnbroker.render.gsm import room_of

Parts = Mapping[str, str]
_NEAR = 8


@dataclass(frozen=True, slots=True)
class Budget:
    """How many units a message may take, and how many its parts do take."""

    most: int
    units: Callable[[Parts], int]

    def fits(self, parts: Parts) -> bool:
        """Tell whether parts are within the budget."""
        return self.units(parts) <= self.most


def within(budget: Budget, facts: Facts, render: Callable[[Facts], Parts]) -> Parts:
    """Return the longest rendering within a budget.

    What must be said is said in any case: where that alone takes more, nothing else is said.
    """
    room = room_of(budget.most, facts.language)
    parts = render(replace(facts, room=room))
    if budget.fits(parts):
        return parts
    best, low, high = render(replace(facts, room=0)), 0, room
    if not budget.fits(best):
        return best
    while high - low > _NEAR:
        middle = (low + high) // 2
        parts = render(replace(facts, room=middle))
        if budget.fits(parts):
            best, low = parts, middle
        else:
            high = middle
    return best
