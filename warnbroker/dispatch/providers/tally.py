"""Counts over a window of time that moves on."""

from collections import deque

SLOTS = 12


class Tally:
    """Counts two kinds of things over the last ``window`` seconds, in slots of a twelfth."""

    __slots__ = ("_slots", "_width", "first", "second")

    def __init__(self, window: float) -> None:
        self._width = window / SLOTS
        self._slots: deque[list[float]] = deque()
        self.first = 0
        self.second = 0

    def add(self, now: float, first: int, second: int) -> None:
        """Count things of the first and of the second kind."""
        slots = self._slots
        place = now // self._width
        # A clock that was set back goes on in the slot where it was.
        if not slots or place > slots[-1][0]:
            self.drop(now)
            slots.append([place, 0, 0])
        newest = slots[-1]
        newest[1] += first
        newest[2] += second
        self.first += first
        self.second += second

    def drop(self, now: float) -> None:
        """Forget what is older than the window."""
        oldest = now // self._width - SLOTS
        slots = self._slots
        while slots and slots[0][0] <= oldest:
            _, first, second = slots.popleft()
            self.first -= int(first)
            self.second -= int(second)

    def clear(self) -> None:
        """Forget everything."""
        self._slots.clear()
        self.first = self.second = 0
