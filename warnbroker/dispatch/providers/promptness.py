"""How soon receipts come: which share of what was sent has none after some minutes."""

from collections import defaultdict, deque
from collections.abc import Sequence
from statistics import median

SLOTS = 16
"""Into how many slots the time for a receipt is cut; the sends of one are counted together."""

KEPT = 256

Slot = tuple[int, int, int]
"""When sends began, in widths of a slot; how many did, and how many had a receipt in time."""


class Promptness:
    """Counts sends by when they began, and those that had a receipt in time.

    Sends and their receipts may come to different processes: ``others`` is what the others
    have counted, as they last wrote it.
    """

    def __init__(self, after: float, window: float) -> None:
        self._after, self._window, self._width = after, window, after / SLOTS
        self._slots: dict[int, list[int]] = {}
        self._latencies: deque[float] = deque(maxlen=KEPT)
        self._since = 0.0
        self.others: Sequence[Slot] = ()

    def sent(self, started: float) -> None:
        """Count a send that the provider took."""
        if started >= self._since:
            self._slot(started)[0] += 1

    def answered(self, started: float, now: float) -> None:
        """Count a receipt that says how it ended."""
        self._latencies.append(max(0.0, now - started))
        if now - started <= self._after and started >= self._since:
            self._slot(started)[1] += 1

    def late(self, now: float) -> tuple[int, int]:
        """Return how many sends have had their time for a receipt, and how many have none.

        A provider that was never heard of gives none, which is no delay.
        """
        if not self._latencies and not any(answered for _, _, answered in self.others):
            return 0, 0
        first = max(now - self._window, self._since) // self._width
        last = (now - self._after) // self._width
        counted: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
        for place, sent, answered in (*self.slots, *self.others):
            if first <= place < last:
                counted[place][0] += sent
                counted[place][1] += answered
        # The same news may come twice.
        late = sum(max(0, sent - answered) for sent, answered in counted.values())
        return sum(sent for sent, _ in counted.values()), late

    def start_over(self, now: float) -> None:
        """Look only at what is sent from now on."""
        self._slots.clear()
        self._since = now

    @property
    def slots(self) -> Sequence[Slot]:
        """Return what was counted here: slots, sends in them, and receipts of these."""
        return [(place, sent, answered) for place, (sent, answered) in self._slots.items()]

    @property
    def latency(self) -> float | None:
        """Return the median of the newest times to a receipt."""
        return median(self._latencies) if self._latencies else None

    def _slot(self, started: float) -> list[int]:
        place = int(started // self._width)
        found = self._slots.get(place)
        if found is None:
            most = (self._window + self._after) / self._width + 2
            while len(self._slots) > most:
                self._slots.pop(min(self._slots))
            found = self._slots[place] = [0, 0]
        return found
