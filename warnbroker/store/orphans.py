"""Orphans: evidence about attempts that nobody knows, kept until they are known or too old."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import Connection, and_, delete, func, insert, or_, select

from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt, State
from warnbroker.store.statements import storable
from warnbroker.store.tables import alert, attempt, delivery, orphan, provider_ref

KEPT = timedelta(hours=48)
"""How long evidence may come before the attempt that it is about."""

# What has a key has no need of a name; what has neither is about nothing.
_NO_KEY = AttemptKey("", 0, 0)

_ITS_ATTEMPT = (
    select(attempt.c.number)
    .join(alert, alert.c.id == attempt.c.alert_id)
    .where(
        alert.c.public_id == orphan.c.alert,
        attempt.c.delivery_id == orphan.c.delivery_id,
        attempt.c.number == orphan.c.attempt,
    )
)
_ITS_DELIVERY = (
    select(delivery.c.id)
    .join(alert, alert.c.id == delivery.c.alert_id)
    .where(alert.c.public_id == orphan.c.alert, delivery.c.id == orphan.c.delivery_id)
)
_IS_KNOWN = or_(
    _ITS_ATTEMPT.exists(),
    and_(orphan.c.attempt == 0, orphan.c.alert != "", _ITS_DELIVERY.exists()),
    and_(
        orphan.c.ref != "",
        select(provider_ref.c.ref)
        .where(
            provider_ref.c.ref == orphan.c.ref,
            # Providers that count their messages use the same names.
            provider_ref.c.provider == orphan.c.receipt["provider"].as_string(),
        )
        .exists(),
    ),
)
COUNT = select(func.count()).select_from(orphan)


def keep(connection: Connection, items: Sequence[tuple[int, Evidence]], now: datetime) -> None:
    """Keep evidence aside, under the ids that it comes with; repeats are kept once."""
    rows = {_words(row): row for row in (_row(number, item, now) for number, item in items)}
    new = [row for words, row in rows.items() if words not in _kept(connection, row)]
    if new:
        connection.execute(insert(orphan), new)


def adopt(connection: Connection, now: datetime, limit: int) -> Sequence[tuple[int, Evidence]]:
    """Remove and return what is about attempts that are known by now; drop what is too old."""
    connection.execute(delete(orphan).where(orphan.c.received_at < now - KEPT))
    rows = connection.execute(select(orphan).where(_IS_KNOWN).limit(limit)).all()
    if rows:
        connection.execute(delete(orphan).where(orphan.c.id.in_([row.id for row in rows])))
    return [(row.id, _evidence(row)) for row in rows]


def _kept(connection: Connection, row: Mapping[str, Any]) -> Collection[str]:
    """Return the words of what is kept already of the same attempt."""
    # What has no key is found by its name alone: all of them share the place of the key.
    names = ("alert", "delivery_id", "attempt") if row["alert"] else ("ref",)
    alike = and_(*(orphan.c[name] == row[name] for name in names))
    found = connection.execute(select(orphan).where(alike)).mappings()
    return {_words(dict(row)) for row in found}


def _words(row: Mapping[str, Any]) -> str:
    told = {name: word for name, word in row.items() if name not in {"id", "received_at"}}
    return json.dumps(told, sort_keys=True)


def _row(number: int, item: Evidence, now: datetime) -> dict[str, object]:
    key = item.key or _NO_KEY
    at = item.receipt.at
    return {
        "id": number,
        "alert": key.alert,
        "delivery_id": key.delivery,
        "attempt": key.attempt,
        "receipt": {**_storable(item.receipt), "at": at.isoformat() if at else None},
        "received_at": now,
        "ref": "" if item.key else storable(item.receipt.provider_ref),
    }


def _storable(receipt: Receipt) -> dict[str, Any]:
    found = asdict(receipt)
    texts = {name: storable(found[name]) for name in ("provider", "provider_ref", "code")}
    return {**found, **texts, "more_refs": [storable(ref) for ref in receipt.more_refs]}


def _evidence(row: Any) -> Evidence:
    key = AttemptKey(row.alert, row.delivery_id, row.attempt) if row.alert else None
    return Evidence(key, _receipt(row.receipt))


def _receipt(kept: dict[str, Any]) -> Receipt:
    at, reason = kept["at"], kept["reason"]
    return Receipt(
        **{
            **kept,
            "state": State(kept["state"]),
            "reason": Reason(reason) if reason else None,
            "at": datetime.fromisoformat(at) if at else None,
            "more_refs": tuple(kept.get("more_refs", ())),
        }
    )
