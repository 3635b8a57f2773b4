"""Planned deliveries become rows: queued, or suppressed and visible as that."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from warnbroker.model.receipt import State
from warnbroker.model.record import PlannedDelivery, Task
from warnbroker.store import suppressed
from warnbroker.store.statements import insert_new
from warnbroker.store.tables import delivery


def write(
    connection: Connection, alert_id: int, deliveries: Sequence[PlannedDelivery], now: datetime
) -> None:
    """Write deliveries; an address or target that an alert has on a channel stays as it is."""
    if not deliveries:
        return
    reasons = suppressed.holding(connection, deliveries)
    stops = suppressed.stops(deliveries, reasons)
    rows = [_row(alert_id, item, now, is_held=item.id in stops) for item in deliveries]
    connection.execute(insert_new(connection, delivery), rows)
    if reasons or stops:
        suppressed.note(connection, alert_id, deliveries, reasons, now)


def dedupe_key(channel: str, address_id: int | None, target: str | None, series: str = "") -> bytes:
    """Return the 16 bytes that tell one address or target on one channel from all others.

    An address row stands for one normalised address, so its id is enough. What the same
    address is told again, or beside what the public is told, is another ``series``.
    """
    text = f"{channel}\n{target}" if target is not None else f"{channel}\n{address_id}"
    text += f"\n{series}" if series else ""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _row(alert_id: int, item: PlannedDelivery, now: datetime, *, is_held: bool) -> dict[str, Any]:
    return {
        "alert_id": alert_id,
        "id": item.id,
        "dedupe_key": dedupe_key(item.channel, item.address_id, item.target, item.series),
        "channel": item.channel,
        "subscriber_id": item.subscriber_id,
        "address_id": item.address_id,
        "target": item.target,
        "message_id": item.message.id,
        "rank": item.rank,
        "expires": item.expires,
        "state": State.SUPPRESSED if is_held else State.QUEUED,
        "task": None if is_held else Task.SEND,
        "due_at": None if is_held else (item.due_at or now),
        "delayed_by": "" if is_held else item.delayed_by,
        "step": item.step,
        "changed_at": now,
    }
