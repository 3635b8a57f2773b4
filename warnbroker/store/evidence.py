"""Evidence: append-only rows, and the verdicts written on the deliveries they are about."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    String,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.types import TypeEngine

from warnbroker.model.receipt import POSITIVE, Evidence, State
from warnbroker.model.record import History, Verdict
from warnbroker.store import messages, orphans, refs
from warnbroker.store.histories import NO_SEQUENCE, DeliveryKey
from warnbroker.store.prepared import Prepared
from warnbroker.store.statements import given, insert_into, packed, storable
from warnbroker.store.tables import (
    Instant,
    alert,
    attempt,
    delivery,
    evidence,
    microseconds,
)

Numbered = Sequence[tuple[int, Evidence]]
"""Evidence with the ids that its rows will have."""

_NOW = bindparam("at_now", type_=Instant)
EVIDENCE_FORM: dict[str, type[TypeEngine[Any]]] = {
    "id": BigInteger,
    "delivery_id": BigInteger,
    "attempt": Integer,
    "provider": String,
    "state": String,
    "code": String,
    "sequence": Integer,
    "reason": String,
    "provider_ref": String,
    "at": Instant,
}
"""The columns of evidence that a receipt fills, in the order in which they are handed over."""

_NEWS = given(alert=String, **EVIDENCE_FORM)
_VERDICTS = given(
    alert_id=BigInteger,
    id=BigInteger,
    state=String,
    task=String,
    due_at=Instant,
    told=Boolean,
    late=Boolean,
    conflict=Boolean,
    duplicates=Integer,
    avoid=String,
)
_WRITTEN = ("state", "task", "due_at", "told", "late", "conflict", "duplicates", "avoid")


def _is_known() -> ColumnElement[bool]:
    """Tell whether evidence is about an attempt that was made, or a delivery as a whole."""
    made = select(attempt.c.number).where(
        attempt.c.alert_id == alert.c.id,
        attempt.c.delivery_id == _NEWS.c.delivery_id,
        attempt.c.number == _NEWS.c.attempt,
    )
    planned = select(delivery.c.id).where(
        delivery.c.alert_id == alert.c.id, delivery.c.id == _NEWS.c.delivery_id
    )
    return or_(made.exists(), and_(_NEWS.c.attempt == 0, planned.exists()))


_KNOWN = _NEWS.join(alert, alert.c.public_id == _NEWS.c.alert)
_KNOWN_IDS = select(_NEWS.c.id).select_from(_KNOWN).where(_is_known())
_SETTLE = (
    update(delivery)
    .where(delivery.c.alert_id == _VERDICTS.c.alert_id, delivery.c.id == _VERDICTS.c.id)
    .values(
        {name: _VERDICTS.c[name] for name in _WRITTEN}
        | {
            # Whoever has an attempt on the wire still has it: after a crash it is found by that.
            "claimed_by": case((_VERDICTS.c.state == State.IN_FLIGHT, delivery.c.claimed_by)),
            "changed_at": _NOW,
        }
    )
)
_TAKEN = given(id=BigInteger)
# What offices were told beside the public hands the alert itself to nobody.
_TO_THE_PUBLIC = select(delivery.c.id).where(
    delivery.c.alert_id == bindparam("of_alert"),
    delivery.c.id.in_(select(_TAKEN.c.id)),
    delivery.c.message_id.not_in(messages.aside_ids(bindparam("of_alert"))),
)
NOTE_HANDOFF = Prepared(
    update(alert)
    .where(alert.c.id == bindparam("of_alert"), _TO_THE_PUBLIC.exists())
    .values(first_handoff_at=func.coalesce(alert.c.first_handoff_at, _NOW), last_handoff_at=_NOW)
)


@cache
def _add(dialect: str) -> ReturningInsert[Any]:
    named = [column for column in evidence.c if column.name not in {"alert_id", "received_at"}]
    rows = select(
        alert.c.id.label("alert_id"), _NOW, *(_NEWS.c[column.name] for column in named)
    ).select_from(_KNOWN)
    statement = insert_into(dialect, evidence).from_select(
        [evidence.c.alert_id, evidence.c.received_at, *named], rows.where(_is_known())
    )
    return statement.on_conflict_do_nothing().returning(
        evidence.c.alert_id, evidence.c.delivery_id, evidence.c.state
    )


def add(connection: Connection, items: Numbered, now: datetime) -> set[DeliveryKey]:
    """Write evidence and return the deliveries that learnt something new.

    Evidence of an attempt that nobody knows is kept aside.
    """
    named = refs.named(connection, [item for _, item in items])
    keyed = list(zip([number for number, _ in items], named, strict=True))
    rows = {**packed([_row(*item) for item in keyed if item[1].key]), "at_now": now}
    fresh = connection.execute(_add(connection.dialect.name), rows).all()
    if len(fresh) < len(items):
        _keep_aside(connection, keyed, now)
    refs.note(connection, named)
    note_handoffs(connection, [(row[0], row[1]) for row in fresh if row[2] in POSITIVE], now)
    return {(row[0], row[1]) for row in fresh}


def settle(
    connection: Connection, judged: Sequence[tuple[History, Verdict]], now: datetime
) -> None:
    """Write verdicts on their deliveries, which nobody holds any longer."""
    if judged:
        rows = [_verdict(history, verdict) for history, verdict in judged]
        connection.execute(_SETTLE, {**packed(rows), "at_now": now})


def _keep_aside(connection: Connection, items: Numbered, now: datetime) -> None:
    rows = packed([_row(*item) for item in items if item[1].key])
    known = set(connection.execute(_KNOWN_IDS, rows).scalars())
    orphans.keep(connection, [item for item in items if item[0] not in known], now)


def note_handoffs(connection: Connection, taken: Collection[DeliveryKey], now: datetime) -> None:
    """Note the first and the last time that a provider took something of an alert."""
    by_alert: defaultdict[int, list[tuple[int]]] = defaultdict(list)
    for alert_id, delivery_id in taken:
        by_alert[alert_id].append((delivery_id,))
    for alert_id, ids in by_alert.items():
        at = microseconds(now)
        NOTE_HANDOFF.run(connection, {**packed(ids), "of_alert": alert_id, "at_now": at})


def _row(number: int, item: Evidence) -> tuple[object, ...]:
    key, receipt = item.key, item.receipt
    assert key is not None  # noqa: S101  what has none is kept aside
    return (
        key.alert,
        number,
        key.delivery,
        key.attempt,
        receipt.provider,
        receipt.state,
        storable(receipt.code),
        NO_SEQUENCE if receipt.sequence is None else receipt.sequence,
        receipt.reason,
        storable(receipt.provider_ref),
        None if receipt.at is None else microseconds(receipt.at),
    )


def _verdict(history: History, verdict: Verdict) -> tuple[object, ...]:
    return (
        history.alert_id,
        history.id,
        verdict.state,
        verdict.task,
        None if verdict.due_at is None else microseconds(verdict.due_at),
        verdict.told,
        verdict.late,
        verdict.conflict,
        verdict.duplicates,
        ";".join(sorted(verdict.avoid)),
    )
