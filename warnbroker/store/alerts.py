"""Alerts and their lineage."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from warnbroker.contracts.store import COUNTERSIGN, Repeat
from warnbroker.errors import NotFoundError
from warnbroker.model.actor import Actor
from warnbroker.model.decision import Decision
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.event import Event
from warnbroker.model.record import AlertRecord, AlertState
from warnbroker.store import audit, decision_rows, lineage, messages, stated
from warnbroker.store.database import Database
from warnbroker.store.lineage import CHAIN_ORDER, RELEASED
from warnbroker.store.tables import Instant, alert, delivery, reference

_FIELDS = tuple(field.name for field in fields(AlertRecord))
_BY_ID = select(alert).where(alert.c.id == bindparam("of_id"))
_BY_PUBLIC_ID = select(alert).where(alert.c.public_id == bindparam("of_id"))
_BY_IDENTITY = select(alert).where(
    alert.c.sender == bindparam("of_sender"), alert.c.identifier == bindparam("of_identifier")
)
_TO_PLAN = (
    select(alert.c.id)
    .where(alert.c.state == AlertState.ACCEPTED)
    .order_by(alert.c.rank, alert.c.id)
)
_CHAIN = (
    select(alert).where(alert.c.warning_id == bindparam("of_id"), RELEASED).order_by(*CHAIN_ORDER)
)
_TWIN = (
    select(alert.c.public_id)
    .where(
        alert.c.fingerprint == bindparam("of_print"),
        alert.c.received_at >= bindparam("since", type_=Instant),
        alert.c.state.in_([state for state in AlertState if state.is_open or state.is_released]),
    )
    .order_by(alert.c.id)
    .limit(1)
)
_IN_FORCE = (
    select(alert)
    .where(
        alert.c.expires > bindparam("at_now", type_=Instant),
        alert.c.stopped_at.is_(None),
        RELEASED,
    )
    .order_by(alert.c.rank, alert.c.id)
)
_AUDIENCE = (
    select(delivery.c.channel, func.count())
    .where(
        delivery.c.alert_id == bindparam("of_id"),
        delivery.c.message_id.not_in(messages.aside_ids(bindparam("of_id"))),
    )
    .group_by(delivery.c.channel)
)


class AlertTable:
    """Reads and writes alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(
        self,
        record: AlertRecord,
        references: Sequence[str],
        *,
        actor: Actor,
        composed: Decision | None = None,
        repeat: Repeat | None = None,
        judged: Collection[str] | None = None,
    ) -> AlertRecord:
        """Write an alert with its audit entries; return whichever alert holds the identity."""

        def work(connection: Connection) -> AlertRecord:
            earlier = _one(connection, _BY_IDENTITY, _identity(record.sender, record.identifier))
            if earlier is not None:
                return earlier
            twin = _twin(connection, record, repeat) if repeat else None
            written = repeat.held if repeat and twin else record
            _write(connection, written, references)
            if composed is not None:
                decision_rows.add(connection, composed, 0)
            facts = stated.of_alert(written, composed)
            for event, detail in _entries(written, twin, facts):
                audit.append(
                    connection, written.received_at, actor, event, written.public_id, detail
                )
            if written.state.is_released:
                lineage.join(connection, written, actor, judged)
            return by_id(connection, written.id) or written

        return await self._database.write(work)

    async def page(self, standing: str, after: int, limit: int) -> Sequence[AlertRecord]:
        """Return alerts after one, oldest first; ``standing`` is a state, or empty for all.

        ``countersign`` stands for those that went out and still need a signature.
        """
        wanted = {"after": after, "at_most": limit}
        return await self._list(_page(standing), wanted)

    async def counted(self, alert_id: int, people: int) -> AlertRecord:
        """Keep how many people an alert is for, once; return the alert."""
        statement = (
            update(alert)
            .where(alert.c.id == alert_id, alert.c.people.is_(None))
            .values(people=people)
        )

        def work(connection: Connection) -> AlertRecord | None:
            connection.execute(statement)
            return by_id(connection, alert_id)

        record = await self._database.write(work)
        if record is None:
            raise NotFoundError(f"there is no alert {alert_id}")
        return record

    async def find(self, public_id: str) -> AlertRecord | None:
        """Return an alert by its public id."""
        return await self._find(_BY_PUBLIC_ID, {"of_id": public_id})

    async def same_identity(self, sender: str, identifier: str) -> AlertRecord | None:
        """Return the alert that carries a sender and identifier."""
        return await self._find(_BY_IDENTITY, _identity(sender, identifier))

    async def get(self, alert_id: int) -> AlertRecord:
        """Return an alert by its internal id."""
        record = await self._find(_BY_ID, {"of_id": alert_id})
        if record is None:
            raise NotFoundError(f"there is no alert {alert_id}")
        return record

    async def to_plan(self) -> Sequence[int]:
        """Return the ids of alerts not planned yet, gravest first."""
        return await self._database.read(lambda c: c.execute(_TO_PLAN).scalars().all())

    async def chain(self, warning_id: str) -> Sequence[AlertRecord]:
        """Return the alerts of a warning, oldest first."""
        return await self._list(_CHAIN, {"of_id": warning_id})

    async def in_force(self, now: datetime) -> Sequence[AlertRecord]:
        """Return the alerts that are not expired and that no later one replaces."""
        return await self._list(_IN_FORCE, {"at_now": now})

    async def published(self, alert_id: int, at: datetime) -> None:
        """Note when an alert began to go out, once."""
        statement = (
            update(alert)
            .where(alert.c.id == alert_id, alert.c.published_at.is_(None))
            .values(published_at=at)
        )
        await self._database.write(lambda c: c.execute(statement))

    async def planned(
        self, alert_id: int, now: datetime, chain: Collection[int] | None = None
    ) -> None:
        """Note that every delivery of an alert is written, with its audience by channel.

        ``chain`` are the alerts that it was planned with: where its warning has come to hold
        others meanwhile, who was told of those has to be told too, and it is planned again.
        """

        def work(connection: Connection) -> None:
            values: dict[str, Any] = {"planned_at": now}
            if chain is None or _chain_of(connection, alert_id) == set(chain):
                counts = connection.execute(_AUDIENCE, {"of_id": alert_id}).all()
                values |= {
                    "state": AlertState.PLANNED,
                    "audience": {row[0]: row[1] for row in counts},
                }
            connection.execute(update(alert).where(alert.c.id == alert_id).values(values))

        await self._database.write(work)

    async def _find(self, statement: Select[Any], key: Mapping[str, object]) -> AlertRecord | None:
        return await self._database.read(lambda c: _one(c, statement, key))

    async def _list(
        self, statement: Select[Any], key: Mapping[str, object]
    ) -> Sequence[AlertRecord]:
        rows = await self._database.read(lambda c: c.execute(statement, key).all())
        return [record_of(row) for row in rows]


def by_id(connection: Connection, alert_id: int) -> AlertRecord | None:
    """Return an alert, inside the caller's transaction."""
    return _one(connection, _BY_ID, {"of_id": alert_id})


def _chain_of(connection: Connection, alert_id: int) -> set[int]:
    its_warning = select(alert.c.warning_id).where(alert.c.id == alert_id)
    chain = connection.execute(_CHAIN, {"of_id": connection.scalar(its_warning)})
    return {row.id for row in chain}


def _page(standing: str) -> Select[Any]:
    statement = select(alert).where(alert.c.id > bindparam("after"))
    if standing == COUNTERSIGN:
        statement = statement.where(alert.c.countersign_by.is_not(None))
    elif standing:
        statement = statement.where(alert.c.state == standing)
    return statement.order_by(alert.c.id).limit(bindparam("at_most"))


def _twin(connection: Connection, record: AlertRecord, repeat: Repeat) -> str | None:
    wanted = {"of_print": record.fingerprint, "since": repeat.since}
    found: str | None = connection.execute(_TWIN, wanted).scalar_one_or_none()
    return found


def _entries(
    record: AlertRecord, twin: str | None, facts: Mapping[str, object]
) -> Iterator[tuple[Event, Mapping[str, object]]]:
    if record.state is AlertState.WITHHELD:
        like = {"like": twin} if twin else {}
        yield Event.ALERT_WITHHELD, {**facts, "cause": record.reason, **like}
        return
    yield Event.ALERT_ACCEPTED, facts
    if twin is not None:
        yield Event.ALERT_HELD, {"like": twin}


def _one(
    connection: Connection, statement: Select[Any], key: Mapping[str, object]
) -> AlertRecord | None:
    row = connection.execute(statement, key).one_or_none()
    return record_of(row) if row is not None else None


def _identity(sender: str, identifier: str) -> Mapping[str, object]:
    return {"of_sender": sender, "of_identifier": identifier}


def _write(connection: Connection, record: AlertRecord, references: Sequence[str]) -> None:
    connection.execute(insert(alert), asdict(record))
    if references:
        rows = [{"alert_id": record.id, "public_id": item} for item in references]
        connection.execute(insert(reference), rows)


def record_of(row: Row[Any]) -> AlertRecord:
    """Build the record of a row of the table."""
    values = {name: getattr(row, name) for name in _FIELDS}
    values |= {
        "msg_type": MsgType(row.msg_type),
        "state": AlertState(row.state),
        "status": Status(row.status),
        "scope": Scope(row.scope),
        "stopped_as": MsgType(row.stopped_as) if row.stopped_as else None,
        "fingerprint": row.fingerprint or b"",
        "area": row.area or b"",
    }
    return AlertRecord(**values)
