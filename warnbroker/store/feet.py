"""The feet of ladders: where people begin when something is sent to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from warnbroker.model.message import MessageKind
from warnbroker.model.record import PlannedDelivery
from warnbroker.store.ladder_tables import ladder
from warnbroker.store.prepared import inserting
from warnbroker.store.tables import microseconds

_INSERT = inserting(ladder, ("alert_id", "subscriber_id", "rank", "since", "due_at"))


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
    since = microseconds(now)
    due = {rank: microseconds(now + after) for rank, after in looks.items()}
    rows = [(alert_id, person, rank, since, due[rank]) for person, rank in ranks.items()]
    if rows:
        _INSERT[connection.dialect.name].many(connection, rows)
