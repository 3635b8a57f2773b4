"""How soon receipts come: which share of what was sent has none after some minutes."""

from collections import OrderedDict, deque
from statistics import median

SLOT = 15.0
"""Seconds of sends that are counted together."""

KEPT = 256


class Promptness:
    """Counts sends by when they began, and those that had a receipt in time."""

    def __init__(self, after: float, window: float) -> None:
        self._after, self._window = after, window
        self._slots: OrderedDict[int, list[int]] = OrderedDict()
        self._latencies: deque[float] = deque(maxlen=KEPT)
        self._since = 0.0

    def sent(self, started: float) -> None:
        """Count a send that the provider took."""
        if started < self._since:
            return
        slot = self._slots.setdefault(int(started // SLOT), [0, 0])
        slot[0] += 1
        while len(self._slots) > (self._window + self._after) / SLOT + 2:
            self._slots.popitem(last=False)

    def answered(self, started: float, now: float) -> None:
        """Count a receipt that says how it ended."""
        self._latencies.append(max(0.0, now - started))
        slot = self._slots.get(int(started // SLOT))
        if slot is not None and now - started <= self._after:
            # The same news may come twice.
            slot[1] = min(slot[1] + 1, slot[0])

    def late(self, now: float) -> tuple[int, int]:
        """Return how many sends have had their time for a receipt, and how many have none."""
        first, last = (now - self._window) // SLOT, (now - self._after) // SLOT
        due = [slot for place, slot in self._slots.items() if first <= place < last]
        sent = sum(slot[0] for slot in due)
        return sent, sent - sum(slot[1] for slot in due)

    def start_over(self, now: float) -> None:
        """Look only at what is sent from now on."""
        self._slots.clear()
        self._since = now

    @property
    def latency(self) -> float | None:
        """Return the median of the newest times to a receipt."""
        return median(self._latencies) if self._latencies else None
