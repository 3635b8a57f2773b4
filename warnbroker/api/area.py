"""The area of an alert, read back: as it was ordered and as it was accepted."""

import asyncio
from dataclasses import dataclass

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from warnbroker.cap import parse_xml
from warnbroker.contracts.store import RegionStore
from warnbroker.errors import AlertError
from warnbroker.model.level import LevelScale
from warnbroker.model.record import AlertRecord
from warnbroker.targeting import RegionTree, group_infos
from warnbroker.targeting.readback import ReadBack


@dataclass(frozen=True, slots=True)
class AreaView:
    """Places what a message says once more, and compares it with what the ledger holds."""

    regions: RegionStore
    scale: LevelScale

    async def of(self, record: AlertRecord) -> dict[str, object]:
        """Return the answer's ``area``: both shapes as GeoJSON, and km²; null for no area.

        ``ordered`` is null where the message cannot be placed (any more), as with an alert
        of another platform, or when regions that it names are gone.
        """
        if not record.area:
            return {"area": None}
        tree = RegionTree(await self.regions.all())
        return {"area": await asyncio.to_thread(self._read_back, record, tree)}

    def _read_back(self, record: AlertRecord, tree: RegionTree) -> dict[str, object]:
        accepted = shapely.from_wkb(record.area)
        ordered = self._ordered(record, tree)
        found = ReadBack(ordered if ordered is not None else accepted, accepted)
        known = ordered is not None
        return {
            "ordered": mapping(ordered) if ordered is not None else None,
            "accepted": mapping(accepted),
            "km2": round(found.km2, 6),
            "difference_km2": round(found.difference_km2, 6) if known else None,
            "same": known and found.is_same,
        }

    def _ordered(self, record: AlertRecord, tree: RegionTree) -> BaseGeometry | None:
        alert = parse_xml(record.document, limit=len(record.document) + 1)
        try:
            groups = group_infos(alert, self.scale.of, tree)
        except AlertError:
            return None
        return shapely.union_all([group.area for group in groups]) if groups else None
