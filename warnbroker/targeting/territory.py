"""All regions together: whether a position lies in any of them."""

from collections.abc import Iterable, Sequence

import shapely

from warnbroker.model.region import Region

Position = tuple[float, float]
"""Latitude and longitude."""


class Territory:
    """Where the regions of one broker lie."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self._area = shapely.union_all([region.geometry for region in regions])
        shapely.prepare(self._area)

    def __bool__(self) -> bool:
        return not self._area.is_empty

    def holds(self, positions: Sequence[Position]) -> Sequence[bool]:
        """Tell of each position whether it lies in a region, or on the edge of one."""
        latitudes, longitudes = [lat for lat, _ in positions], [lon for _, lon in positions]
        return list(map(bool, shapely.intersects_xy(self._area, longitudes, latitudes)))
