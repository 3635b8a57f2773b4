"""Planned deliveries become rows: queued, or suppressed and visible as that."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Connection

from warnbroker.model.receipt import State
from warnbroker.model.record import PlannedDelivery, Task
from warnbroker.store import suppressed
from warnbroker.store.prepared import inserting
from warnbroker.store.tables import delivery, microseconds

_NAMES = (
    "alert_id", "id", "dedupe_key", "channel", "subscriber_id", "address_id", "target",
    "message_id", "rank", "expires", "state", "task", "due_at", "attempts", "told", "late",
    "conflict", "duplicates", "step", "delayed_by", "changed_at",
)  # fmt: skip
# No attempt, nobody told, nothing late, no contradiction, no duplicate.
_NEW = (0, False, False, False, 0)
_INSERT = inserting(delivery, _NAMES)


def write(
    connection: Connection, alert_id: int, deliveries: Sequence[PlannedDelivery], now: datetime
) -> None:
    """Write deliveries; an address or target that an alert has on a channel stays as it is."""
    if not deliveries:
        return
    reasons = suppressed.holding(connection, deliveries)
    stops = suppressed.stops(deliveries, reasons)
    # All share the few moments at which they begin and end.
    at = cache(microseconds)
    rows = [_row(alert_id, item, at, now, is_held=item.id in stops) for item in deliveries]
    _INSERT[connection.dialect.name].many(connection, rows)
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


def _row(
    alert_id: int,
    item: PlannedDelivery,
    at: Callable[[datetime], int],
    now: datetime,
    *,
    is_held: bool,
) -> tuple[object, ...]:
    return (
        alert_id,
        item.id,
        dedupe_key(item.channel, item.address_id, item.target, item.series),
        item.channel,
        item.subscriber_id,
        item.address_id,
        item.target,
        item.message.id,
        item.rank,
        at(item.expires),
        State.SUPPRESSED.value if is_held else State.QUEUED.value,
        None if is_held else Task.SEND.value,
        None if is_held else at(item.due_at or now),
        *_NEW,
        item.step,
        "" if is_held else item.delayed_by,
        at(now),
    )
