"""Findings in the database: added when a rule sees them, decided once, never removed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from warnbroker.contracts.clock import Clock
from warnbroker.errors import ConflictError, ForbiddenError, NotFoundError
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.model.finding import Finding, FindingKind, FindingRecord, Ruling
from warnbroker.store import audit
from warnbroker.store.database import Database
from warnbroker.store.registers import finding
from warnbroker.store.statements import insert_into

_ONE = select(finding).where(finding.c.id == bindparam("of_id"))
_NONE = {"verdict": Ruling.OPEN, "decided_at": None, "person": "", "remark": ""}


class FindingTable:
    """Reads and writes findings."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, findings: Iterable[Finding], now: datetime) -> None:
        """Write what is new, and renew what nobody has decided yet; nothing is removed."""
        rows = [
            {
                "id": item.id,
                "kind": item.kind,
                "subject": item.subject,
                "found_at": now,
                "detail": dict(item.detail),
                "people": list(item.people),
            }
            | _NONE
            for item in {item.id: item for item in findings}.values()
        ]

        def work(connection: Connection) -> None:
            statement = insert_into(connection.dialect.name, finding)
            renewed = {name: statement.excluded[name] for name in ("detail", "people")}
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["id"],
                    set_=renewed,
                    where=finding.c.verdict == Ruling.OPEN,
                ),
                rows,
            )

        if rows:
            await self._database.write(work)

    async def page(
        self, *, kind: str, ruling: str | None, since: datetime | None, after: str, limit: int
    ) -> Sequence[FindingRecord]:
        """Return findings by id, after one; ``ruling`` None: decided or not."""
        wanted = select(finding).where(finding.c.id > after)
        if kind:
            wanted = wanted.where(finding.c.kind == kind)
        if ruling is not None:
            wanted = wanted.where(finding.c.verdict == ruling)
        if since is not None:
            wanted = wanted.where(finding.c.found_at >= since)
        statement = wanted.order_by(finding.c.id).limit(limit)
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return [_record(row) for row in rows]

    async def decide(
        self, finding_id: str, ruling: Ruling, remark: str, *, person: str, actor: Actor
    ) -> FindingRecord:
        """Write a person's decision with its audit entry, once; return the finding."""
        now = self._clock.now()

        def work(connection: Connection) -> FindingRecord:
            found = _open(connection, finding_id, ruling, remark, person)
            if found.ruling is Ruling.OPEN:
                connection.execute(
                    update(finding)
                    .where(finding.c.id == finding_id)
                    .values(verdict=ruling, decided_at=now, person=person, remark=remark)
                )
                detail = {
                    "verdict": ruling,
                    "kind": found.kind,
                    "about": found.subject,
                    "person": person,
                    "remark": remark,
                }
                audit.append(connection, now, actor, Event.FINDING_DECIDED, finding_id, detail)
            return _one(connection, finding_id)

        return await self._database.write(work)


def _open(
    connection: Connection, finding_id: str, ruling: Ruling, remark: str, person: str
) -> FindingRecord:
    """Return a finding that a person may decide so, or has decided so."""
    found = _one(connection, finding_id)
    if person.strip().casefold() in {name.strip().casefold() for name in found.people}:
        raise ForbiddenError(f"it is about what {person} did; somebody else must decide")
    decided = (found.ruling, found.person, found.remark)
    if found.ruling is not Ruling.OPEN and decided != (ruling, person, remark):
        raise ConflictError(f"{found.person} has decided: {found.ruling}")
    return found


def _one(connection: Connection, finding_id: str) -> FindingRecord:
    row = connection.execute(_ONE, {"of_id": finding_id}).one_or_none()
    if row is None:
        raise NotFoundError("there is no finding of this id")
    return _record(row)


def _record(row: Row[Any]) -> FindingRecord:
    return FindingRecord(
        id=row.id,
        kind=FindingKind(row.kind),
        subject=row.subject,
        found_at=row.found_at,
        detail=row.detail,
        people=tuple(row.people),
        ruling=Ruling(row.verdict),
        decided_at=row.decided_at,
        person=row.person,
        remark=row.remark,
    )
