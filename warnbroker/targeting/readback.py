"""Read an area back: is what was ordered what is stored, and by which people are chosen?"""

from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from warnbroker.targeting.kilometres import km2

TOLERANCE_KM2 = 1e-6
"""A square metre: less is rounding, more is another place."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """An area as a message orders it, and as the ledger holds it."""

    ordered: BaseGeometry
    accepted: BaseGeometry

    @property
    def km2(self) -> float:
        """Return how large the accepted area is, in square kilometres."""
        return km2(self.accepted)

    @property
    def difference_km2(self) -> float:
        """Return how much is in one and not in the other, in square kilometres."""
        if shapely.equals_exact(self.ordered, self.accepted):
            return 0.0
        return km2(shapely.symmetric_difference(self.ordered, self.accepted))

    @property
    def is_same(self) -> bool:
        """Say whether the two are one place."""
        return self.difference_km2 <= TOLERANCE_KM2
