"""Lineage in the ledger: what belongs to which warning and what ends what, whichever came first."""

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, update

from warnbroker.errors import ConflictError, StaleError
from warnbroker.model.actor import Actor
from warnbroker.model.enums import MsgType
from warnbroker.model.event import Event
from warnbroker.model.record import AlertRecord, AlertState
from warnbroker.store import audit
from warnbroker.store.tables import alert, reference

RELEASED = alert.c.state.in_([state for state in AlertState if state.is_released])
CHAIN_ORDER = (alert.c.stopped_at.is_(None), alert.c.sent, alert.c.id)
"""Oldest first; what holds stands last, also where what it replaced came after it."""

_CHANGES = (MsgType.UPDATE, MsgType.CANCEL)
# One office's message never ends another's, a drill never the real thing, what is internal never
# what is public, and what another platform sends nothing of our own, whoever it claims to be.
_KIN = (
    alert.c.sender == bindparam("of_sender"),
    alert.c.status == bindparam("of_status"),
    alert.c.scope == bindparam("of_scope"),
    alert.c.internal == bindparam("of_internal"),
    alert.c.relayed == bindparam("of_relayed"),
    alert.c.id != bindparam("of_id"),
    RELEASED,
)
_COLUMNS = (
    alert.c.id,
    alert.c.public_id,
    alert.c.warning_id,
    alert.c.msg_type,
    alert.c.state,
    alert.c.expires,
    alert.c.stopped_at,
    alert.c.level,
    alert.c.rank,
    alert.c.released_at,
)
_NAMED: Select[Any] = (
    select(*_COLUMNS)
    .join(reference, reference.c.public_id == alert.c.public_id)
    .where(reference.c.alert_id == bindparam("of_id"), *_KIN)
    .order_by(*CHAIN_ORDER)
)
_NAMING: Select[Any] = (
    select(*_COLUMNS)
    .join(reference, reference.c.alert_id == alert.c.id)
    .where(
        reference.c.public_id == bindparam("of_public_id"), *_KIN, alert.c.msg_type.in_(_CHANGES)
    )
    .order_by(*CHAIN_ORDER)
)
_MEMBERS: Select[Any] = (
    select(*_COLUMNS)
    .where(alert.c.warning_id.in_(bindparam("of_warnings", expanding=True)), *_KIN)
    .order_by(*CHAIN_ORDER)
)


def join(
    connection: Connection,
    record: AlertRecord,
    actor: Actor,
    judged: Collection[str] | None = None,
) -> None:
    """Put a released alert into its warning, within the transaction that releases it.

    It stops the alerts of the warnings that it refers to, as they are at that moment;
    several warnings become one, so that all who were told of any hear of it. Where an Update
    or Cancel that refers to it came first, it is stopped at once: nobody is told it as news.
    ``judged`` are the public ids that it was known to end, None where nobody asks.

    Raises:
        StaleError: it would end more than was judged.
        ConflictError: all that it would change has been cancelled meanwhile.
    """
    whose = _whose(record)
    naming = connection.execute(_NAMING, whose).all()
    changed = _changed(connection, record, named_first=bool(naming))
    warnings = {row.warning_id for row in naming} | changed
    if not warnings:
        return
    members = connection.execute(_MEMBERS, {**whose, "of_warnings": sorted(warnings)}).all()
    if judged is not None:
        _require_judged([row for row in members if row.warning_id in changed], judged)
    _merge(connection, record, members, warnings)
    if not naming:
        _stop(connection, record, members, record, actor)
        return
    head = members[-1]
    _stop(connection, record, members[:-1], head, actor)
    _stop(connection, record, [_row_of(connection, record)], naming[-1], actor)
    if len(warnings) > 1:
        _plan_again(connection, record, head)


def cancelled_by(connection: Connection, record: AlertRecord) -> str | None:
    """Return what has ended an alert that waits, or all that it would change; else None.

    Whoever lets out what another message replaced beforehand would believe people were told.
    """
    naming = connection.execute(_NAMING, _whose(record)).all()
    if naming:
        return str(naming[-1].public_id)
    named, over, _ = _named(connection, record)
    return min(over.values()) if named and named <= over.keys() else None


def graver_than_known(connection: Connection, record: AlertRecord) -> str | None:
    """Return what an alert that waits would lower and its issuer cannot have known, else None.

    That is what holds, is graver, and was released after the alert had come in.
    """
    _, over, members = _named(connection, record)
    return next(
        (
            f"{row.public_id} ({row.level})"
            for row in members
            if row.stopped_at is None
            and row.warning_id not in over
            and row.rank < record.rank
            and (row.released_at or record.received_at) > record.received_at
        ),
        None,
    )


def _require_judged(members: Sequence[Row[Any]], judged: Collection[str]) -> None:
    """Let an alert end only what it was judged by: what is new may be graver, or another's."""
    new = [row for row in members if row.stopped_at is None and row.public_id not in judged]
    if new:
        names = ", ".join(f"{row.public_id} ({row.level})" for row in new)
        raise StaleError(
            f"{names} was released while this was looked at, and would be ended by it; "
            "look again and post again"
        )


def _changed(connection: Connection, record: AlertRecord, *, named_first: bool) -> Set[str]:
    """Return the ids of the warnings that an alert changes; a cancelled one is over.

    One that has expired counts only where no other is left.
    """
    named, over, members = _named(connection, record)
    if named and named <= over.keys() and not named_first and not record.relayed:
        by = ", ".join(sorted(set(over.values())))
        raise ConflictError(f"what it refers to has just been cancelled by {by}; look again")
    at = record.released_at or record.received_at
    alive = {row.warning_id for row in members if row.expires > at} - over.keys()
    return alive or named - over.keys()


def _named(
    connection: Connection, record: AlertRecord
) -> tuple[Set[str], Mapping[str, str], Sequence[Row[Any]]]:
    """Return the warnings that an alert refers to, the Cancels among them, and their alerts."""
    if record.msg_type not in _CHANGES:
        return set(), {}, ()
    whose = _whose(record)
    named = {row.warning_id for row in connection.execute(_NAMED, whose)}
    if not named:
        return named, {}, ()
    members = connection.execute(_MEMBERS, {**whose, "of_warnings": sorted(named)}).all()
    over = {row.warning_id: row.public_id for row in members if row.msg_type == MsgType.CANCEL}
    return named, over, members


def _merge(
    connection: Connection,
    record: AlertRecord,
    members: Sequence[Row[Any]],
    warnings: Set[str],
) -> None:
    oldest = min(members, key=lambda row: row.id).warning_id
    others = sorted(warnings - {oldest})
    if others:
        connection.execute(
            update(alert).where(alert.c.warning_id.in_(others)).values(warning_id=oldest)
        )
    connection.execute(update(alert).where(alert.c.id == record.id).values(warning_id=oldest))


def _stop(
    connection: Connection,
    record: AlertRecord,
    members: Sequence[Row[Any]],
    by: AlertRecord | Row[Any],
    actor: Actor,
) -> None:
    """Stop alerts that nothing has stopped yet, each with an entry of its own."""
    at = record.released_at or record.received_at
    for row in members:
        if row.stopped_at is None:
            connection.execute(
                update(alert)
                .where(alert.c.id == row.id)
                .values(stopped_at=at, stopped_by=by.public_id, stopped_as=by.msg_type)
            )
            detail = {"by": by.public_id, "as": by.msg_type, "late": row.id == record.id}
            audit.append(connection, at, actor, Event.ALERT_SUPERSEDED, row.public_id, detail)


def _plan_again(connection: Connection, record: AlertRecord, head: Row[Any]) -> None:
    """Let the planner look again for people whom a change has not told yet.

    What arrived late has tied the change to a warning that it did not know of.
    """
    if head.state == AlertState.PLANNED and head.expires > (
        record.released_at or record.received_at
    ):
        connection.execute(
            update(alert).where(alert.c.id == head.id).values(state=AlertState.ACCEPTED)
        )


def _row_of(connection: Connection, record: AlertRecord) -> Row[Any]:
    own: Select[Any] = select(*_COLUMNS).where(alert.c.id == record.id)
    return connection.execute(own).one()


def _whose(record: AlertRecord) -> Mapping[str, object]:
    return {
        "of_id": record.id,
        "of_public_id": record.public_id,
        "of_sender": record.sender,
        "of_status": record.status,
        "of_scope": record.scope,
        "of_internal": record.internal,
        "of_relayed": record.relayed,
    }
