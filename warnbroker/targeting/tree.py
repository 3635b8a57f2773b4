"""The municipality's regions as a tree, found by code, by geocode and by place."""

from collections import defaultdict
from collections.abc import Iterable

from shapely import STRtree, intersects, prepare, touches
from shapely.geometry.base import BaseGeometry

from warnbroker.model.region import Region

OWN_SYSTEMS = frozenset({"code", "warnbroker:region"})
"""The geocode systems whose values are our own region codes."""


class RegionTree:
    """All regions of one broker; names of code systems are compared without regard to case."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self.regions = tuple(regions)
        self._by_code = {region.code: region for region in self.regions}
        self._children: defaultdict[str, list[Region]] = defaultdict(list)
        self._by_geocode: defaultdict[tuple[str, str], list[Region]] = defaultdict(list)
        for region in self.regions:
            self._children[region.parent or ""].append(region)
            for system, codes in region.geocodes.items():
                for code in codes:
                    self._by_geocode[system.casefold(), code].append(region)
        self._systems = OWN_SYSTEMS | {system for system, _ in self._by_geocode}
        self._index = STRtree([region.geometry for region in self.regions])

    def get(self, code: str) -> Region | None:
        """Return the region of a code of our own."""
        return self._by_code.get(code)

    def by_geocode(self, system: str, value: str) -> Region | None:
        """Return the first region that a code of a system stands for."""
        return next(iter(self.all_by_geocode(system, value)), None)

    def all_by_geocode(self, system: str, value: str) -> tuple[Region, ...]:
        """Return every region that a code of a system stands for: it means all of them."""
        own = self.get(value) if system.casefold() in OWN_SYSTEMS else None
        found = self._by_geocode.get((system.casefold(), value), [])
        return tuple([own, *found] if own else found)

    def knows_system(self, system: str) -> bool:
        """Say whether a region carries codes of a system; our own codes are always known."""
        return system.casefold() in self._systems

    def ancestors(self, code: str) -> tuple[Region, ...]:
        """Return the regions around a region, nearest first, without itself."""
        found: dict[str, Region] = {}
        region = self.get(code)
        while region and region.parent and region.parent not in found:
            region = self.get(region.parent)
            if region:
                found[region.code] = region
        return tuple(found.values())

    def descendants(self, code: str) -> tuple[Region, ...]:
        """Return the regions below a region, parents before children, without itself."""
        found: dict[str, Region] = {}
        waiting = list(self._children.get(code, ()))
        while waiting:
            region = waiting.pop(0)
            if region.code not in found:
                found[region.code] = region
                waiting += self._children.get(region.code, ())
        return tuple(found.values())

    def near(self, geometry: BaseGeometry) -> tuple[Region, ...]:
        """Return the regions whose bounds meet those of a geometry."""
        return tuple(self.regions[position] for position in self._index.query(geometry))

    def touching(self, geometry: BaseGeometry) -> tuple[Region, ...]:
        """Return the regions that share more than a border with a geometry, and their ancestors.

        They come in the tree's own order.
        """
        prepare(geometry)
        codes = set()
        for position in self._index.query(geometry):
            region = self.regions[position]
            shared = intersects(geometry, region.geometry)
            if shared and not touches(geometry, region.geometry):
                codes |= {region.code, *(above.code for above in self.ancestors(region.code))}
        return tuple(region for region in self.regions if region.code in codes)
