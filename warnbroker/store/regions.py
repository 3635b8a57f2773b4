"""The region tree in the database."""

from collections.abc import Sequence

import shapely
from sqlalchemy import Connection, delete, insert, select

from warnbroker.contracts.clock import Clock
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.model.region import Region
from warnbroker.store import audit
from warnbroker.store.database import Database
from warnbroker.store.tables import region

_ALL = select(region).order_by(region.c.code)


class RegionTable:
    """Reads and replaces the tree."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def all(self) -> Sequence[Region]:
        """Return every region."""
        rows = await self._database.read(lambda c: c.execute(_ALL).all())
        return tuple(
            Region(
                code=row.code,
                names=row.names,
                geometry=shapely.from_wkb(row.geometry),
                parent=row.parent,
                population=row.population,
                geocodes={system: tuple(codes) for system, codes in row.geocodes.items()},
                time_zone=row.time_zone,
                authority=row.authority,
            )
            for row in rows
        )

    async def replace(self, regions: Sequence[Region], *, authority_id: int, actor: Actor) -> None:
        """Put a new tree in place of the old one, whole or not at all."""
        rows = [
            {
                "code": item.code,
                "authority_id": authority_id,
                "names": dict(item.names),
                "parent": item.parent,
                "population": item.population,
                "geocodes": {system: list(codes) for system, codes in item.geocodes.items()},
                "time_zone": item.time_zone,
                "authority": item.authority,
                "geometry": shapely.to_wkb(item.geometry),
            }
            for item in regions
        ]
        now = self._clock.now()

        def work(connection: Connection) -> None:
            connection.execute(delete(region))
            if rows:
                connection.execute(insert(region), rows)
            audit.append(
                connection, now, actor, Event.REGIONS_IMPORTED, "regions", {"count": len(rows)}
            )

        await self._database.write(work)
