"""Reports of incidents in the database: revisions are added, never changed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from warnbroker.errors import ForbiddenError, NotFoundError
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.model.incident import Incident
from warnbroker.store import audit, stated
from warnbroker.store.database import Database
from warnbroker.store.registers import incident
from warnbroker.store.tables import Instant

_FIELDS = tuple(field.name for field in fields(Incident))
_NEWEST = (
    select(incident)
    .where(incident.c.id == bindparam("of_id"))
    .order_by(incident.c.revision.desc())
    .limit(1)
)
_FIRST_ALIKE = select(incident).where(
    incident.c.revision == 1,
    incident.c.issuer_id == bindparam("of_issuer"),
    incident.c.occurred_at == bindparam("of_time", type_=Instant),
)


class IncidentTable:
    """Reads and writes reports of incidents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, found: Incident, *, actor: Actor) -> Incident:
        """Write a report with its audit entry; return it, or the same one made before."""

        def work(connection: Connection) -> Incident:
            key = {"of_issuer": found.issuer_id, "of_time": found.occurred_at}
            earlier = map(incident_of, connection.execute(_FIRST_ALIKE, key).all())
            same = next((item for item in earlier if item.says_the_same(found)), None)
            return same or _add(connection, found, actor)

        return await self._database.write(work)

    async def revise(self, found: Incident, *, actor: Actor) -> Incident:
        """Write a revision under the next number with its audit entry; return it."""

        def work(connection: Connection) -> Incident:
            row = connection.execute(_NEWEST, {"of_id": found.id}).one_or_none()
            if row is None:
                raise NotFoundError("there is no incident of this id")
            newest = incident_of(row)
            if newest.authority != found.authority:
                raise ForbiddenError(f"{newest.authority} reported it and alone may revise it")
            if newest.says_the_same(found):
                return newest
            return _add(connection, replace(found, revision=newest.revision + 1), actor)

        return await self._database.write(work)

    async def page(self, *, authority: str, after: int, limit: int) -> Sequence[Sequence[Incident]]:
        """Return incidents with their revisions by id, after one; empty authority: of all."""
        ids = select(incident.c.id).where(incident.c.id > after, incident.c.revision == 1)
        if authority:
            ids = ids.where(incident.c.authority == authority)
        return await self._whole(ids.order_by(incident.c.id).limit(limit))

    async def _whole(self, ids: Any) -> Sequence[Sequence[Incident]]:
        wanted = (
            select(incident)
            .where(incident.c.id.in_(ids))
            .order_by(incident.c.id, incident.c.revision)
        )
        rows = await self._database.read(lambda c: c.execute(wanted).all())
        found: defaultdict[int, list[Incident]] = defaultdict(list)
        for row in rows:
            found[row.id].append(incident_of(row))
        return list(found.values())


def _add(connection: Connection, found: Incident, actor: Actor) -> Incident:
    connection.execute(insert(incident), asdict(found))
    detail = stated.of_incident(found)
    audit.append(
        connection, found.reported_at, actor, Event.INCIDENT_RECORDED, str(found.id), detail
    )
    return found


def incident_of(row: Row[Any]) -> Incident:
    """Build the incident of a row."""
    return Incident(**{name: getattr(row, name) for name in _FIELDS})
