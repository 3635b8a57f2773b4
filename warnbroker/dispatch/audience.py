"""Who is in the area: subscribers by position or by region, group by group, as a stream."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from warnbroker.contracts.store import SubscriberStore
from warnbroker.dispatch.routing import ordered
from warnbroker.model.level import LevelScale
from warnbroker.model.publication import Group
from warnbroker.model.record import Candidate
from warnbroker.targeting import RegionTree, contains, cover

PAGE = 500


@dataclass(frozen=True, slots=True)
class Audience:
    """Finds the people of a group.

    ``region_share`` is the share of a region that the area must overlap for those who gave
    a region and no position; 0 means: any overlap. ``agreed`` leaves only those who agreed
    to be told of drills.
    """

    subscribers: SubscriberStore
    tree: RegionTree
    scale: LevelScale
    region_share: float = 0.0
    agreed: bool = False
    _codes: dict[int, tuple[Group, frozenset[str]]] = field(default_factory=dict, compare=False)

    async def of(self, groups: Sequence[Group], index: int) -> AsyncIterator[Sequence[Candidate]]:
        """Stream those whom a group is for, without those whom a graver group already has.

        A group without an area is for nobody: who cannot be found by place is not guessed.
        """
        group = groups[index]
        if group.area.is_empty:
            return
        spans = [(span.low, span.high) for span in cover(group.area)]
        codes = sorted(self.regions_in(group))
        for source in (
            self.subscribers.by_cells(spans, PAGE),
            self.subscribers.by_regions(codes, PAGE),
        ):
            async for page in source:
                mine = self.belongs(group, page)
                for earlier in groups[:index]:
                    mine &= ~self.belongs(earlier, page)
                yield [person for person, wanted in zip(page, mine, strict=True) if wanted]

    def belongs(self, group: Group, page: Sequence[Candidate]) -> NDArray[np.bool_]:
        """Tell for each person whether the group's area holds them and they want to hear of it."""
        codes, wanted = self.regions_in(group), self._wanted_by(group)
        placed = [person.position for person in page if person.position is not None]
        lats, lons = (np.array([p[i] for p in placed], dtype=float) for i in (0, 1))
        inside = iter(contains(group.area, lats, lons))
        return np.fromiter(
            (
                bool(next(inside) if person.position is not None else person.regions & codes)
                and wanted(person)
                for person in page
            ),
            dtype=bool,
            count=len(page),
        )

    def regions_in(self, group: Group) -> frozenset[str]:
        """Return the codes of the regions whose people without a position are in the area."""
        # Each page asks for them; the groups of an alert are few and live as long as this.
        if id(group) not in self._codes:
            self._codes[id(group)] = group, self._regions_in(group)
        return self._codes[id(group)][1]

    def _regions_in(self, group: Group) -> frozenset[str]:
        named = {
            found.code
            for info in group.infos
            for area in info.areas
            for pair in area.geocodes
            if (found := self.tree.by_geocode(pair.name, pair.value))
        }
        within = {below.code for code in named for below in self.tree.descendants(code)}
        overlapping = {
            region.code
            for region in self.tree.regions
            if region.geometry.intersection(group.area).area
            > self.region_share * region.geometry.area
        }
        return frozenset(named | within | overlapping)

    def _wanted_by(self, group: Group) -> Callable[[Candidate], bool]:
        """Return what tells whether a person wants to hear of a group."""
        roles, agreed = ordered(group).roles, self.agreed
        categories = {item for info in group.infos for item in info.categories}
        too_low = {item.code for item in self.scale.levels if group.level.rank > item.rank}

        def wanted(person: Candidate) -> bool:
            return (
                person.min_level not in too_low
                and (not person.categories or not categories.isdisjoint(person.categories))
                and (not roles or person.role in roles)
                and (person.drills or not agreed)
            )

        return wanted
