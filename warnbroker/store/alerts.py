"""Alerts and their lineage."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from warnbroker.errors import NotFoundError
from warnbroker.model.enums import MsgType
from warnbroker.model.event import Event
from warnbroker.model.record import AlertRecord, AlertState
from warnbroker.store import audit
from warnbroker.store.database import Database
from warnbroker.store.tables import alert, delivery, reference

_FIELDS = tuple(field.name for field in fields(AlertRecord))


class AlertTable:
    """Reads and writes alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(
        self, record: AlertRecord, references: Sequence[str], *, actor: str, stops: Sequence[str]
    ) -> AlertRecord:
        """Write an alert with its audit entry; return whichever alert holds the identity."""
        async with self._database.writing() as connection:
            same = _same_identity(record.sender, record.identifier)
            row = (await connection.execute(same)).one_or_none()
            if row is not None:
                return _record(row)
            await connection.execute(insert(alert).values(**asdict(record)))
            if references:
                rows = [{"alert_id": record.id, "public_id": item} for item in references]
                await connection.execute(insert(reference), rows)
            await _stop(connection, record, stops)
            await audit.append(
                connection, record.received_at, actor, Event.ALERT_ACCEPTED, record.public_id,
                {"identifier": record.identifier, "level": record.level, "type": record.msg_type},
            )  # fmt: skip
        return record

    async def find(self, public_id: str) -> AlertRecord | None:
        """Return an alert by its public id."""
        return await self._one(select(alert).where(alert.c.public_id == public_id))

    async def same_identity(self, sender: str, identifier: str) -> AlertRecord | None:
        """Return the alert that carries a sender and identifier."""
        return await self._one(_same_identity(sender, identifier))

    async def get(self, alert_id: int) -> AlertRecord:
        """Return an alert by its internal id."""
        record = await self._one(select(alert).where(alert.c.id == alert_id))
        if record is None:
            raise NotFoundError(f"there is no alert {alert_id}")
        return record

    async def to_plan(self) -> Sequence[int]:
        """Return the ids of alerts not planned yet, gravest first."""
        statement = (
            select(alert.c.id)
            .where(alert.c.state == AlertState.ACCEPTED)
            .order_by(alert.c.rank, alert.c.id)
        )
        async with self._database.reading() as connection:
            return (await connection.execute(statement)).scalars().all()

    async def chain(self, warning_id: str) -> Sequence[AlertRecord]:
        """Return the alerts of a warning, oldest first."""
        return await self._many(
            select(alert).where(alert.c.warning_id == warning_id).order_by(alert.c.id)
        )

    async def in_force(self, now: datetime) -> Sequence[AlertRecord]:
        """Return the alerts that are not expired and that no later one replaces."""
        current = and_(alert.c.expires > now, alert.c.stopped_at.is_(None))
        return await self._many(select(alert).where(current).order_by(alert.c.rank, alert.c.id))

    async def published(self, alert_id: int, at: datetime) -> None:
        """Note when an alert began to go out, once."""
        async with self._database.writing() as connection:
            await connection.execute(
                update(alert)
                .where(alert.c.id == alert_id, alert.c.published_at.is_(None))
                .values(published_at=at)
            )

    async def planned(self, alert_id: int, now: datetime) -> None:
        """Note that every delivery of an alert is written, with its audience by channel."""
        counts = (
            select(delivery.c.channel, func.count())
            .where(delivery.c.alert_id == alert_id)
            .group_by(delivery.c.channel)
        )
        async with self._database.writing() as connection:
            audience = {channel: n for channel, n in (await connection.execute(counts)).all()}
            await connection.execute(
                update(alert)
                .where(alert.c.id == alert_id)
                .values(state=AlertState.PLANNED, planned_at=now, audience=audience)
            )

    async def _one(self, statement: Select[Any]) -> AlertRecord | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return _record(row) if row is not None else None

    async def _many(self, statement: Select[Any]) -> Sequence[AlertRecord]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return [_record(row) for row in rows]


def _same_identity(sender: str, identifier: str) -> Select[Any]:
    return select(alert).where(alert.c.sender == sender, alert.c.identifier == identifier)


async def _stop(connection: AsyncConnection, by: AlertRecord, stops: Sequence[str]) -> None:
    if stops:
        await connection.execute(
            update(alert)
            .where(alert.c.public_id.in_(stops), alert.c.stopped_at.is_(None))
            .values(stopped_at=by.received_at, stopped_by=by.public_id)
        )


def _record(row: Row[Any]) -> AlertRecord:
    values = {name: getattr(row, name) for name in _FIELDS}
    values |= {"msg_type": MsgType(row.msg_type), "state": AlertState(row.state)}
    return AlertRecord(**values)
