"""What a moving loudspeaker reaches: the speed, the reach to either side, the time a leg takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_HAN = range(0x3400, 0xA000)
_HAN_PER_SECOND = 4.0
_WORDS_PER_SECOND = 2.3


@dataclass(frozen=True, slots=True)
class Voice:
    """A loudspeaker on the move: metres, metres per second, seconds.

    ``cycle`` is one reading of the text in all languages of the van. ``tau`` is the τ of
    the formula below: half of the time in range that surely holds one whole reading in
    the listener's language. ``dwell`` is the least time that a leg takes.
    """

    radius: float
    speed: float
    cycle: float
    tau: float
    dwell: float
    lowered_from: float | None = None

    @property
    def half_width(self) -> float:
        """Return how far to the side a whole message is surely heard.

        Someone at distance x is in range for 2·√(r² − x²)/a seconds, and hears one whole
        message whatever its phase when that is at least 2·τ: x ≤ √(r² − (a·τ)²).
        """
        return math.sqrt(self.radius**2 - (self.speed * self.tau) ** 2)

    def seconds(self, metres: float) -> float:
        """Return how long a leg takes: at the announcing speed, but never less than the dwell.

        Without the dwell a plan would "reach" hundreds of people from a stub of ten metres.
        """
        return max(metres / self.speed, self.dwell)


def make_voice(radius: float, kmh: float, readings: Sequence[float], dwell: float) -> Voice:
    """Make a van's voice from the seconds that each language's text takes to read.

    With one text τ is its length. With several read in turn a listener may just have
    missed the beginning of theirs: they need the whole cycle and once more their own text.
    Where a·τ ≥ r nobody is sure to hear a whole one; the speed then becomes r/(√2·τ),
    which sweeps the most ground, and ``lowered_from`` keeps what was asked for.
    """
    cycle = sum(readings)
    tau = (cycle + max(readings)) / 2
    speed, asked = kmh / 3.6, None
    if speed * tau >= radius:
        speed, asked = radius / (math.sqrt(2) * tau), speed
    return Voice(radius, speed, cycle, tau, max(dwell, cycle), asked)


def reading_seconds(text: str) -> float:
    """Estimate how long a person reads a text out: 4 Chinese characters or 2.3 words a second."""
    han = sum(ord(letter) in _HAN for letter in text)
    words = len("".join(" " if ord(letter) in _HAN else letter for letter in text).split())
    return max(1.0, han / _HAN_PER_SECOND + words / _WORDS_PER_SECOND)
