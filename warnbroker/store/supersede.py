"""What an alert ends, as the ledger has it at that moment."""

from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update

from warnbroker.model.enums import MsgType
from warnbroker.model.record import AlertRecord, AlertState
from warnbroker.store.tables import alert, reference

RELEASED = alert.c.state.in_([state for state in AlertState if state.is_released])

_NAMED = alert.alias("named")
_WARNINGS = (
    select(_NAMED.c.warning_id)
    .join(reference, reference.c.public_id == _NAMED.c.public_id)
    .where(
        reference.c.alert_id == bindparam("of_id"),
        _NAMED.c.sender == bindparam("of_sender"),
        _NAMED.c.id != bindparam("of_id"),
        # A drill must never end the real thing, nor a message to one circle that to another.
        _NAMED.c.status == bindparam("of_status"),
        _NAMED.c.scope == bindparam("of_scope"),
        _NAMED.c.internal == bindparam("of_internal"),
        _NAMED.c.state.in_([state for state in AlertState if state.is_released]),
    )
)
_EARLIER = (alert.c.warning_id.in_(_WARNINGS), alert.c.id != bindparam("of_id"), RELEASED)
_CANCEL: Select[Any] = (
    select(alert.c.public_id)
    .where(*_EARLIER, alert.c.msg_type == MsgType.CANCEL)
    .order_by(alert.c.id)
    .limit(1)
)


def stop_earlier(connection: Connection, by: AlertRecord) -> None:
    """Stop the released alerts of the warnings that an Update or Cancel refers to."""
    if by.msg_type not in {MsgType.UPDATE, MsgType.CANCEL}:
        return
    connection.execute(
        update(alert)
        .where(*_EARLIER, alert.c.stopped_at.is_(None))
        .values(stopped_at=by.released_at, stopped_by=by.public_id),
        _of(by),
    )


def cancelled_by(connection: Connection, record: AlertRecord) -> str | None:
    """Return the Cancel that ended what an alert would change, None where there is none."""
    found: str | None = connection.execute(_CANCEL, _of(record)).scalar_one_or_none()
    return found


def _of(record: AlertRecord) -> dict[str, object]:
    return {
        "of_id": record.id,
        "of_sender": record.sender,
        "of_status": record.status,
        "of_scope": record.scope,
        "of_internal": record.internal,
    }
