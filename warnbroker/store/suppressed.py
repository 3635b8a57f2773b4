"""Who among planned deliveries is suppressed, and what is written for them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, insert, select

from warnbroker.model.actor import BROKER
from warnbroker.model.event import Event
from warnbroker.model.receipt import ENGINE, Reason, State
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

Stops = Mapping[int, tuple[str, Reason]]
"""Deliveries, by id, that are not to be tried: the code and the reason that are shown."""


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


def stops(deliveries: Sequence[PlannedDelivery], reasons: Holding) -> Stops:
    """Return the deliveries that are not to be tried, with the most binding cause of each."""
    found: dict[int, tuple[str, Reason]] = {}
    for item in deliveries:
        against = reasons.get(item.id, frozenset()) - item.in_spite_of
        why = next((reason for reason in SuppressionReason if reason in against), None)
        if why is not None:
            found[item.id] = (why, why.as_evidence)
        elif item.withheld:
            found[item.id] = (item.withheld, Reason.SPARED)
    return found


def note(
    connection: Connection,
    alert_id: int,
    deliveries: Sequence[PlannedDelivery],
    reasons: Holding,
    now: datetime,
) -> None:
    """Write why deliveries that were just inserted are not tried, or go in spite of it."""
    causes = stops(deliveries, reasons)
    asked = {"of_alert": alert_id, "ids": list(reasons.keys() | causes.keys())}
    there = frozenset(connection.scalars(_WRITTEN, asked))
    rows = [_evidence(alert_id, known, causes[known], now) for known in causes.keys() & there]
    if rows:
        connection.execute(insert(evidence), rows)
    overridden = [
        item for item in deliveries if item.id in reasons.keys() & there and item.id not in causes
    ]
    if overridden:
        _note_overridden(connection, alert_id, overridden, reasons, now)


def _in_scope(
    standing: set[tuple[str, SuppressionReason]], channel: str
) -> frozenset[SuppressionReason]:
    return frozenset(reason for scope, reason in standing if scope in {channel, EVERY_CHANNEL})


def _evidence(
    alert_id: int, delivery_id: int, cause: tuple[str, Reason], now: datetime
) -> dict[str, Any]:
    code, reason = cause
    return {
        "alert_id": alert_id,
        "delivery_id": delivery_id,
        "attempt": 0,
        "provider": ENGINE,
        "state": State.SUPPRESSED,
        "code": code,
        "sequence": NO_SEQUENCE,
        "id": delivery_id,
        "reason": reason,
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
