"""The feet of ladders: where people begin when something is sent to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from warnbroker.model.message import MessageKind
from warnbroker.model.record import PlannedDelivery
from warnbroker.store.statements import insert_new
from warnbroker.store.tables import ladder


def begin(
    connection: Connection,
    alert_id: int,
    deliveries: Sequence[PlannedDelivery],
    looks: Mapping[int, timedelta],
    now: datetime,
) -> None:
    """Put the people of new deliveries at the foot of their ladders, once."""
    ranks: dict[int, int] = {}
    for item in deliveries:
        warns = item.message.kind in {MessageKind.ALERT, MessageKind.UPDATE}
        if item.subscriber_id is not None and warns and item.rank in looks:
            ranks[item.subscriber_id] = min(item.rank, ranks.get(item.subscriber_id, item.rank))
    rows = [
        {
            "alert_id": alert_id,
            "subscriber_id": person,
            "rank": rank,
            "since": now,
            "due_at": now + looks[rank],
        }
        for person, rank in ranks.items()
    ]
    if rows:
        connection.execute(insert_new(connection, ladder), rows)
