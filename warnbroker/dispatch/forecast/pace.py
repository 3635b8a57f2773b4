"""How fast messages leave, and which of several ways of sending tells people first."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Pace:
    """A channel's speed: ``first_after`` seconds to the first, then ``per_second``."""

    per_second: float = 10
    first_after: float = 5

    def at(self, place: int) -> float:
        """Return the seconds after which the message of a place in the queue (from 0) is there."""
        return self.first_after + place / self.per_second


@dataclass(slots=True)
class Scenario:
    """One way of sending, played through person by person in the order of the queue.

    ``extra`` is a channel that is used besides those that the alert takes.
    """

    action: str
    channel: str
    paces: Mapping[str, Pace]
    extra: str = ""
    late: int = 0
    last: float = 0
    _places: Counter[str] = field(default_factory=Counter)

    def tell(
        self, used: Mapping[str, float], possible: Collection[str], onset: float | None
    ) -> Mapping[str, float]:
        """Tell one person; return the seconds by channel. ``onset`` is in seconds, too.

        ``used`` holds for each channel how many seconds the person is left in peace first.
        """
        channels = {**used, self.extra: 0} if self.extra in possible else used
        seconds = {}
        for channel, wait in channels.items():
            seconds[channel] = max(self.paces[channel].at(self._places[channel]), wait)
            self._places[channel] += 1
        first = min(seconds.values(), default=0)
        self.last = max(self.last, first)
        self.late += onset is not None and first > onset
        return seconds


def scenarios(paces: Mapping[str, Pace], used: Collection[str]) -> list[Scenario]:
    """Return the way it would be, then each single change that might help.

    A channel in use may become twice as fast; another one may be used besides.
    """
    faster = [
        Scenario("faster", name, {**paces, name: replace(pace, per_second=pace.per_second * 2)})
        for name, pace in paces.items()
        if name in used
    ]
    added = [Scenario("add", name, paces, extra=name) for name in paces if name not in used]
    return [Scenario("", "", paces), *faster, *added]
