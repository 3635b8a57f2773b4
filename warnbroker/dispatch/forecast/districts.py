"""The districts of an area: who lives there, and in which one a subscriber is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warnbroker.model.publication import Publication
from warnbroker.model.record import Candidate
from warnbroker.model.region import Region
from warnbroker.targeting import contains


@dataclass(frozen=True, slots=True)
class Districts:
    """The regions that an area touches and that hold no smaller one that it touches."""

    regions: Mapping[str, Region]
    population: Mapping[str, int]

    def of(self, people: Sequence[Candidate | None]) -> list[str]:
        """Return each person's district, empty where none of these holds them."""
        found = [self._by_region(person) for person in people]
        at = {i: person.position for i, person in enumerate(people) if person and person.position}
        placed = list(at)
        lats, lons = (np.array([at[i][k] for i in placed], dtype=float) for k in (0, 1))
        for code, region in self.regions.items():
            for hit in np.flatnonzero(contains(region.geometry, lats, lons)):
                found[placed[hit]] = found[placed[hit]] or code
        return found

    def _by_region(self, person: Candidate | None) -> str:
        if person is None or person.position is not None:
            return ""
        return next((code for code in self.regions if code in person.regions), "")


def districts_of(draft: Publication) -> Districts:
    """Return the districts of a publication.

    The people of a district are taken to live evenly over it: its part of the area holds
    the same part of them.
    """
    parents = {region.parent for region in draft.regions}
    lowest = [region for region in draft.regions if region.code not in parents]
    return Districts(
        {region.code: region for region in lowest},
        {region.code: _inside(region, draft) for region in lowest},
    )


def _inside(region: Region, draft: Publication) -> int:
    if not region.geometry.area:
        return 0
    share = region.geometry.intersection(draft.area).area / region.geometry.area
    return round(region.population * min(float(share), 1.0))
