"""Decisions about alerts: judged and written in one transaction each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from warnbroker.contracts.decisions import Judge, Ruling, Situation
from warnbroker.errors import NotFoundError, WarnbrokerError
from warnbroker.model.actor import Actor
from warnbroker.model.decision import Decision
from warnbroker.model.event import Event
from warnbroker.model.record import AlertRecord, AlertState
from warnbroker.store import audit, decision_rows, issuers, stated
from warnbroker.store.alerts import by_id, record_of
from warnbroker.store.database import Database
from warnbroker.store.lineage import RELEASED, cancelled_by, graver_than_known, join
from warnbroker.store.tables import Instant, alert

_OPEN = alert.c.state.in_([state for state in AlertState if state.is_open])
_NOW: Any = bindparam("at_now", type_=Instant)
_DUE = (
    select(alert)
    .where(
        or_(
            _OPEN & or_(alert.c.remind_at <= _NOW, alert.c.escalate_at <= _NOW),
            _OPEN & (alert.c.expires <= _NOW),
            RELEASED & (alert.c.remind_at <= _NOW) & alert.c.countersign_by.is_not(None),
        )
    )
    .order_by(alert.c.rank, alert.c.id)
)


class DecisionTable:
    """Reads and writes decisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, alert_id: int) -> Sequence[Decision]:
        """Return the decisions about an alert, oldest first."""
        return await self._database.read(lambda c: decision_rows.of(c, alert_id))

    async def decide(
        self, alert_id: int, judge: Judge, *, actor: Actor, at: datetime
    ) -> AlertRecord:
        """Let a function judge an alert as it stands, and write what it rules; return the alert."""

        def work(connection: Connection) -> tuple[AlertRecord, WarnbrokerError | None]:
            situation = _situation(connection, alert_id)
            ruling = judge(situation)
            _write(connection, situation, ruling, actor)
            for event, detail in _entries(situation, ruling):
                audit.append(connection, at, actor, event, situation.record.public_id, detail)
            return _alert(connection, alert_id), ruling.refusal

        record, refusal = await self._database.write(work)
        if refusal is not None:
            raise refusal
        return record

    async def due(self, now: datetime) -> Sequence[AlertRecord]:
        """Return alerts with a timer that has run out."""
        rows = await self._database.read(lambda c: c.execute(_DUE, {"at_now": now}).all())
        return [record_of(row) for row in rows]


def _situation(connection: Connection, alert_id: int) -> Situation:
    record = _alert(connection, alert_id)
    return Situation(
        record=record,
        decisions=decision_rows.of(connection, alert_id),
        composer=issuers.one(connection, record.issuer_id),
        cancelled_by=cancelled_by(connection, record),
        graver=graver_than_known(connection, record),
    )


def _write(connection: Connection, situation: Situation, ruling: Ruling, actor: Actor) -> None:
    record = situation.record
    if ruling.decision is not None:
        decision_rows.add(connection, ruling.decision, len(situation.decisions))
    if ruling.changes:
        connection.execute(update(alert).where(alert.c.id == record.id).values(**ruling.changes))
    if ruling.releases:
        join(connection, _alert(connection, record.id), actor)


def _entries(situation: Situation, ruling: Ruling) -> Sequence[tuple[Event, Mapping[str, object]]]:
    """Return the entries of a ruling; the first is about the decision and states it whole."""
    if ruling.decision is None:
        return ruling.entries
    (event, detail), *others = ruling.entries
    facts = stated.of_decision(ruling.decision, len(situation.decisions))
    return [(event, {**detail, **facts}), *others]


def _alert(connection: Connection, alert_id: int) -> AlertRecord:
    found = by_id(connection, alert_id)
    if found is None:
        raise NotFoundError(f"there is no alert {alert_id}")
    return found
