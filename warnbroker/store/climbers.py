"""People on their ladders, with everything that was sent to them and what came of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
)

from warnbroker.contracts.escalation import Receipts
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.ladder import Climber, Sent
from warnbroker.model.receipt import TOLD, Reason, State
from warnbroker.model.record import Candidate
from warnbroker.model.standing import Standing
from warnbroker.store.candidates import candidate, candidates
from warnbroker.store.ladder_tables import escalation, ladder
from warnbroker.store.statements import given, packed
from warnbroker.store.tables import Instant, alert, attempt, delivery, evidence, message, subscriber

Key = tuple[int, int]
"""The ids of an alert and of a subscriber."""

_KEYS = given(alert_id=BigInteger, id=BigInteger)
_DUE = (
    select(
        ladder,
        alert.c.public_id,
        alert.c.expires,
        alert.c.stopped_at,
        alert.c.status,
        alert.c.scope,
        alert.c.internal,
        alert.c.msg_type,
    )
    .join(alert, alert.c.id == ladder.c.alert_id)
    .where(
        ladder.c.rank == bindparam("of_rank"),
        ladder.c.due_at <= bindparam("at_now", type_=Instant),
    )
    .order_by(ladder.c.due_at)
    .limit(bindparam("at_most"))
)
_PEOPLE = candidates().where(subscriber.c.id.in_(select(_KEYS.c.id)))


def _of_attempt(column: Any, number: Any) -> Any:
    return (
        select(column)
        .where(
            attempt.c.alert_id == delivery.c.alert_id,
            attempt.c.delivery_id == delivery.c.id,
            attempt.c.number == number,
        )
        .correlate(delivery)
        .scalar_subquery()
        .label(column.name)
    )


def by_a_person() -> ColumnElement[bool]:
    """Tell whether a delivery came to a person or their device, and not to a machine alone."""
    return (
        select(evidence.c.id)
        .where(
            evidence.c.alert_id == delivery.c.alert_id,
            evidence.c.delivery_id == delivery.c.id,
            evidence.c.state.in_(sorted(TOLD)),
            or_(evidence.c.reason.is_(None), evidence.c.reason != Reason.MACHINE),
        )
        .correlate(delivery)
        .exists()
    )


_SENT: Select[Any] = (
    select(
        delivery.c.alert_id,
        delivery.c.subscriber_id,
        delivery.c.id,
        delivery.c.channel,
        delivery.c.state,
        delivery.c.task,
        delivery.c.attempts,
        _of_attempt(attempt.c.started_at, 1),
        _of_attempt(attempt.c.provider, delivery.c.attempts),
        by_a_person().label("by_a_person"),
        message.c.group_index,
    )
    .join(
        message,
        and_(message.c.alert_id == delivery.c.alert_id, message.c.id == delivery.c.message_id),
    )
    .where(
        tuple_(delivery.c.alert_id, delivery.c.subscriber_id).in_(
            select(_KEYS.c.alert_id, _KEYS.c.id)
        )
    )
    .order_by(delivery.c.id)
)
_MINE = alert.alias("mine")
_KIN = alert.alias("kin")
_MESSAGES = (
    select(_KEYS.c.alert_id, _KEYS.c.id, func.sum(escalation.c.messages))
    .join(_MINE, _MINE.c.id == _KEYS.c.alert_id)
    .join(_KIN, _KIN.c.warning_id == _MINE.c.warning_id)
    .join(
        escalation,
        and_(escalation.c.alert_id == _KIN.c.id, escalation.c.subscriber_id == _KEYS.c.id),
    )
    .group_by(_KEYS.c.alert_id, _KEYS.c.id)
)


def due(
    connection: Connection, rank: int, now: datetime, limit: int, receipts: Receipts
) -> Sequence[Climber]:
    """Return those of a rank who are due; of what is over, without what was sent."""
    rows = connection.execute(_DUE, {"of_rank": rank, "at_now": now, "at_most": limit}).all()
    live = [row for row in rows if row.stopped_at is None and row.expires > now]
    keys = packed([(row.alert_id, row.subscriber_id) for row in live])
    sent = _sent(connection, keys, receipts) if live else {}
    people = people_of(connection, [row.subscriber_id for row in rows])
    messages = {(row[0], row[1]): row[2] for row in connection.execute(_MESSAGES, keys).all()}
    return [
        _climber(
            row,
            people.get(row.subscriber_id),
            sent.get((row.alert_id, row.subscriber_id), ()),
            messages.get((row.alert_id, row.subscriber_id), 0),
        )
        for row in rows
    ]


def people_of(connection: Connection, ids: Sequence[int]) -> Mapping[int, Candidate]:
    """Return subscribers by their ids."""
    rows = connection.execute(_PEOPLE, packed([(0, known) for known in ids])).all()
    return {row.subscriber_id: candidate(row) for row in rows}


def _sent(
    connection: Connection, keys: Mapping[str, str], receipts: Receipts
) -> Mapping[Key, Sequence[Sent]]:
    found: defaultdict[Key, list[Sent]] = defaultdict(list)
    for row in connection.execute(_SENT, keys).all():
        found[row.alert_id, row.subscriber_id].append(
            Sent(
                id=row.id,
                channel=row.channel,
                state=State(row.state),
                idle=row.task is None,
                attempts=row.attempts,
                started_at=row.started_at,
                machine=row.state in TOLD and not row.by_a_person,
                receipts=receipts(row.channel, row.provider or ""),
                group=row.group_index,
            )
        )
    return found


def _climber(
    row: Row[Any], person: Candidate | None, sent: Sequence[Sent], messages: int
) -> Climber:
    return Climber(
        alert_id=row.alert_id,
        alert=row.public_id,
        rank=row.rank,
        step=row.step,
        since=row.since,
        expires=row.expires,
        person=person or _gone(row.subscriber_id),
        sent=tuple(sent),
        standing=Standing(
            Status(row.status), Scope(row.scope), MsgType(row.msg_type), row.internal
        ),
        stopped=row.stopped_at is not None,
        last_at=row.last_at,
        messages=messages,
    )


def _gone(subscriber_id: int) -> Candidate:
    """Return a subscriber of whom nothing is known any more."""
    return Candidate(
        subscriber_id=subscriber_id,
        language="",
        position=None,
        regions=frozenset(),
        min_level="",
        categories=frozenset(),
        channels=frozenset(),
        addresses={},
    )
