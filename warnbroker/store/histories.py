"""Histories: deliveries with their attempts and all the evidence about them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Select, select, tuple_

from warnbroker.model.receipt import Reason, Receipt, State
from warnbroker.model.record import Attempt, History, Task
from warnbroker.store.statements import given, packed
from warnbroker.store.tables import alert, attempt, delivery, evidence

DeliveryKey = tuple[int, int]
"""The ids of an alert and of one of its deliveries."""

NO_SEQUENCE = -1
"""Stands for none in evidence, where the sequence is a part of the key."""

# A look-up costs a tenth of what a call of the class does.
_STATES = {state.value: state for state in State}
_REASONS = {reason.value: reason for reason in Reason}
_TASKS = {task.value: task for task in Task}

_KEYS = given(alert_id=BigInteger, id=BigInteger)


def _is_asked_for(*key: ColumnElement[Any]) -> ColumnElement[bool]:
    return tuple_(*key).in_(select(_KEYS.c.alert_id, _KEYS.c.id))


_DELIVERIES: Select[Any] = (
    select(
        delivery.c.alert_id,
        alert.c.public_id,
        delivery.c.id,
        delivery.c.channel,
        alert.c.level,
        delivery.c.rank,
        delivery.c.state,
        delivery.c.task,
        delivery.c.due_at,
        delivery.c.expires,
        alert.c.stopped_at,
        delivery.c.target,
        delivery.c.late,
        delivery.c.step,
        delivery.c.delayed_by,
    )
    .join(alert, alert.c.id == delivery.c.alert_id)
    .where(_is_asked_for(delivery.c.alert_id, delivery.c.id))
    .order_by(delivery.c.alert_id, delivery.c.id)
)
_ATTEMPTS: Select[Any] = (
    select(
        attempt.c.alert_id,
        attempt.c.delivery_id,
        attempt.c.number,
        attempt.c.started_at,
        attempt.c.repeat,
        attempt.c.provider,
    )
    .where(_is_asked_for(attempt.c.alert_id, attempt.c.delivery_id))
    .order_by(attempt.c.number)
)
_EVIDENCE: Select[Any] = (
    select(
        evidence.c.alert_id,
        evidence.c.delivery_id,
        evidence.c.attempt,
        evidence.c.state,
        evidence.c.provider,
        evidence.c.provider_ref,
        evidence.c.reason,
        evidence.c.code,
        evidence.c.sequence,
        evidence.c.at,
    )
    .where(_is_asked_for(evidence.c.alert_id, evidence.c.delivery_id))
    .order_by(evidence.c.id)
)


def of(connection: Connection, keys: Collection[DeliveryKey]) -> Sequence[History]:
    """Return the histories of deliveries, in the order of their keys."""
    if not keys:
        return ()
    wanted = packed(list(keys))
    attempts: defaultdict[DeliveryKey, list[Attempt]] = defaultdict(list)
    for row in connection.execute(_ATTEMPTS, wanted).all():
        attempts[row[0], row[1]].append(Attempt(row[2], row[3], row[4], row[5]))
    receipts: defaultdict[DeliveryKey, list[tuple[int, Receipt]]] = defaultdict(list)
    for row in connection.execute(_EVIDENCE, wanted).all():
        receipts[row[0], row[1]].append((row[2], _receipt(row)))
    return [
        _history(row, attempts[row[0], row[2]], receipts[row[0], row[2]])
        for row in connection.execute(_DELIVERIES, wanted).all()
    ]


def some(
    connection: Connection,
    wanted: ColumnElement[bool],
    limit: int,
    *order: ColumnElement[Any],
) -> Sequence[History]:
    """Return the histories of deliveries of which something is true, the first in an order.

    Without an order they are any: to sort a million that wait in vain takes longer than to end
    some of them.
    """
    keys = select(delivery.c.alert_id, delivery.c.id).where(wanted).order_by(*order).limit(limit)
    return of(connection, [(row[0], row[1]) for row in connection.execute(keys).all()])


def _history(
    row: Row[Any], attempts: Sequence[Attempt], receipts: Sequence[tuple[int, Receipt]]
) -> History:
    return History(
        alert_id=row.alert_id,
        alert=row.public_id,
        id=row.id,
        channel=row.channel,
        level=row.level,
        rank=row.rank,
        state=_STATES[row.state],
        task=_TASKS.get(row.task),
        due_at=row.due_at,
        expires=row.expires,
        stopped=row.stopped_at is not None,
        own_target=row.target is not None,
        attempts=tuple(attempts),
        receipts=tuple(receipts),
        late=row.late,
        step=row.step,
        delayed_by=row.delayed_by,
    )


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(
        state=_STATES[row.state],
        provider=row.provider,
        provider_ref=row.provider_ref,
        reason=_REASONS.get(row.reason),
        code=row.code,
        sequence=None if row.sequence == NO_SEQUENCE else row.sequence,
        at=row.at,
    )
