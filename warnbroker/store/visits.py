"""Visits: what is told face to face, as deliveries beside all others."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from warnbroker.model.ladder import DOOR
from warnbroker.model.receipt import State
from warnbroker.store.histories import NO_SEQUENCE
from warnbroker.store.planned import dedupe_key
from warnbroker.store.statements import insert_into, insert_new
from warnbroker.store.tables import attempt, delivery, evidence

LISTED = "listed"
"""The word of the evidence that somebody is on a list."""


def begin(
    connection: Connection,
    alert_id: int,
    people: Sequence[int],
    ids: Iterator[int],
    now: datetime,
) -> None:
    """Write one delivery for each, handed to whoever holds a list; one that is there stays."""
    sent = (
        select(delivery.c.subscriber_id, delivery.c.message_id, delivery.c.rank, delivery.c.expires)
        .where(delivery.c.alert_id == alert_id, delivery.c.subscriber_id.in_(people))
        .order_by(delivery.c.id.desc())
    )
    like = {row.subscriber_id: row for row in connection.execute(sent).all()}
    rows = [
        {
            "alert_id": alert_id,
            "id": next(ids),
            "dedupe_key": dedupe_key(DOOR, person, None),
            "channel": DOOR,
            "subscriber_id": person,
            "message_id": row.message_id,
            "rank": row.rank,
            "expires": row.expires,
            "state": State.HANDED_OFF,
            "attempts": 1,
            "told": True,
            "changed_at": now,
        }
        for person, row in like.items()
    ]
    if rows:
        statement = insert_into(connection.dialect.name, delivery).on_conflict_do_nothing()
        new = connection.execute(statement.returning(delivery.c.id), rows).scalars().all()
        _attempt(connection, alert_id, new, ids, now)


def _attempt(
    connection: Connection,
    alert_id: int,
    deliveries: Sequence[int],
    ids: Iterator[int],
    now: datetime,
) -> None:
    keys = [{"alert_id": alert_id, "delivery_id": known} for known in deliveries]
    if not keys:
        return
    made = {"number": 1, "started_at": now, "repeat": False, "provider": DOOR}
    connection.execute(insert_new(connection, attempt), [key | made for key in keys])
    said = {
        "attempt": 1,
        "provider": DOOR,
        "state": State.HANDED_OFF,
        "code": LISTED,
        "sequence": NO_SEQUENCE,
        "provider_ref": "",
        "at": now,
        "received_at": now,
    }
    rows = [key | said | {"id": next(ids)} for key in keys]
    connection.execute(insert_new(connection, evidence), rows)
