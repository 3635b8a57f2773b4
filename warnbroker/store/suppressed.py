"""Who among planned deliveries is suppressed, and what is written for them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, insert, select

from warnbroker.model.actor import BROKER
from warnbroker.model.event import Event
from warnbroker.model.receipt import ENGINE, State
from warnbroker.model.record import PlannedDelivery
from warnbroker.model.suppression import EVERY_CHANNEL, SuppressionReason
from warnbroker.store import audit
from warnbroker.store.histories import NO_SEQUENCE
from warnbroker.store.statements import given, packed
from warnbroker.store.suppression_tables import suppression
from warnbroker.store.tables import alert, delivery, evidence

_IDS = given(id=BigInteger)
_STANDING = select(suppression.c.address_id, suppression.c.scope, suppression.c.reason).where(
    suppression.c.lifted_at.is_(None), suppression.c.address_id.in_(select(_IDS.c.id))
)
_WRITTEN = select(delivery.c.id).where(
    delivery.c.alert_id == bindparam("of_alert"),
    delivery.c.id.in_(bindparam("ids", expanding=True)),
)
_PUBLIC_ID = select(alert.c.public_id).where(alert.c.id == bindparam("of_alert"))

Holding = Mapping[int, frozenset[SuppressionReason]]
"""The reasons why deliveries, by id, are suppressed, overridden ones too."""


def holding(connection: Connection, deliveries: Sequence[PlannedDelivery]) -> Holding:
    """Return what stands against deliveries."""
    ids = {item.address_id for item in deliveries if item.address_id is not None}
    if not ids:
        return {}
    standing: defaultdict[int, set[tuple[str, SuppressionReason]]] = defaultdict(set)
    for row in connection.execute(_STANDING, packed([[found] for found in ids])):
        standing[row.address_id].add((row.scope, SuppressionReason(row.reason)))
    found = {
        item.id: _in_scope(standing.get(item.address_id or 0, set()), item.channel)
        for item in deliveries
    }
    return {known: reasons for known, reasons in found.items() if reasons}


def held_by(item: PlannedDelivery, reasons: Holding) -> SuppressionReason | None:
    """Return the most binding reason that a delivery does not override; None: it may go."""
    against = reasons.get(item.id, frozenset()) - item.in_spite_of
    return next((reason for reason in SuppressionReason if reason in against), None)


def note(
    connection: Connection,
    alert_id: int,
    deliveries: Sequence[PlannedDelivery],
    reasons: Holding,
    now: datetime,
) -> None:
    """Write why deliveries that were just inserted are suppressed, or go in spite of it."""
    written = connection.scalars(_WRITTEN, {"of_alert": alert_id, "ids": list(reasons)}).all()
    there = frozenset(written)
    mine = [item for item in deliveries if item.id in there]
    rows = [
        _evidence(alert_id, item.id, why, now) for item in mine if (why := held_by(item, reasons))
    ]
    if rows:
        connection.execute(insert(evidence), rows)
    overridden = [item for item in mine if held_by(item, reasons) is None]
    if overridden:
        _note_overridden(connection, alert_id, overridden, reasons, now)


def _in_scope(
    standing: set[tuple[str, SuppressionReason]], channel: str
) -> frozenset[SuppressionReason]:
    return frozenset(reason for scope, reason in standing if scope in {channel, EVERY_CHANNEL})


def _evidence(
    alert_id: int, delivery_id: int, why: SuppressionReason, now: datetime
) -> dict[str, Any]:
    return {
        "alert_id": alert_id,
        "delivery_id": delivery_id,
        "attempt": 0,
        "provider": ENGINE,
        "state": State.SUPPRESSED,
        "code": why,
        "sequence": NO_SEQUENCE,
        "id": delivery_id,
        "reason": why.as_evidence,
        "provider_ref": "",
        "at": now,
        "received_at": now,
    }


def _note_overridden(
    connection: Connection,
    alert_id: int,
    overridden: Sequence[PlannedDelivery],
    reasons: Holding,
    now: datetime,
) -> None:
    public_id = connection.execute(_PUBLIC_ID, {"of_alert": alert_id}).scalar_one()
    counts = Counter(reason.value for item in overridden for reason in reasons[item.id])
    detail = {
        "reasons": dict(sorted(counts.items())),
        "deliveries": [str(item.id) for item in overridden],
    }
    audit.append(connection, now, BROKER, Event.SUPPRESSION_OVERRIDDEN, public_id, detail)
