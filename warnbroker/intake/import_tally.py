"""What an import comes to: how many people, who stood there twice, who can never be told."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from warnbroker.intake.subscriber_file import Entry
from warnbroker.targeting.territory import Territory

MOST_LINES = 5
"""Line numbers that are kept: enough to find the mistake."""


@dataclass(frozen=True, slots=True)
class Lines:
    """How many lines are so, and the numbers of the first."""

    count: int = 0
    first: Sequence[int] = ()

    def and_more(self, lines: Sequence[int]) -> "Lines":
        """Return these and more."""
        first = (*self.first, *lines)[:MOST_LINES]
        return Lines(self.count + len(lines), first)

    def __str__(self) -> str:
        more = ", …" if self.count > len(self.first) else ""
        return f"{'line' if self.count == 1 else 'lines'} {', '.join(map(str, self.first))}{more}"


class Tally:
    """Counts what is taken; it keeps 16 bytes a line, whatever a list holds."""

    def __init__(self, territory: Territory | None) -> None:
        self._territory = territory
        self._refs, self._lines = array("q"), array("q")
        self.outside, self.swapped = Lines(), 0

    def take(self, entries: Iterable[Entry]) -> None:
        """Count good lines."""
        placed = []
        for entry in entries:
            self._refs.append(hash(entry.person.ref))
            self._lines.append(entry.line)
            if entry.person.position is not None:
                placed.append((entry.line, entry.person.position))
        if placed and self._territory:
            self._place(self._territory, placed)

    def _place(
        self, territory: Territory, placed: Sequence[tuple[int, tuple[float, float]]]
    ) -> None:
        held = territory.holds([position for _, position in placed])
        strays = [item for item, inside in zip(placed, held, strict=True) if not inside]
        self.outside = self.outside.and_more([line for line, _ in strays])
        turned = [(lon, lat) for _, (lat, lon) in strays if abs(lon) <= 90]
        self.swapped += sum(territory.holds(turned)) if turned else 0

    @property
    def repeated(self) -> Lines:
        """Return the lines whose ref stood on an earlier one already, and replaced it."""
        refs, lines = np.asarray(self._refs), np.asarray(self._lines)
        order = np.argsort(refs, kind="stable")
        again = order[1:][refs[order[1:]] == refs[order[:-1]]]
        return Lines(len(again), np.sort(lines[again])[:MOST_LINES].tolist())
