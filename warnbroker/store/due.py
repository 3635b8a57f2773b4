"""What is due to be sent: the gravest first, alerts of one rank side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, select

from warnbroker.model.record import Task
from warnbroker.store.lots import due_lots
from warnbroker.store.prepared import Prepared, Rows
from warnbroker.store.statements import as_hex, gathered
from warnbroker.store.tables import IS_TRIED, Instant, address, alert, delivery, microseconds

_NOW = bindparam("at_now", type_=Instant)

CLAIMED: Select[Any] = (
    select(
        delivery.c.alert_id,
        delivery.c.id,
        delivery.c.channel,
        delivery.c.rank,
        delivery.c.message_id,
        delivery.c.target,
        delivery.c.expires,
        delivery.c.attempts,
        delivery.c.told,
        delivery.c.avoid,
        alert.c.public_id,
        alert.c.level,
        as_hex(address.c.ciphertext).label("sealed"),
    )
    .join(alert, alert.c.id == delivery.c.alert_id)
    .outerjoin(address, address.c.id == delivery.c.address_id)
)


def _due(*which: ColumnElement[bool]) -> Select[Any]:
    """Return what is due of an alert on a channel, in its order."""
    return (
        CLAIMED.where(
            *which,
            delivery.c.alert_id == bindparam("of_alert"),
            delivery.c.channel == bindparam("of_channel"),
            delivery.c.rank == bindparam("of_rank"),
            delivery.c.due_at <= _NOW,
            delivery.c.expires > _NOW,
            alert.c.stopped_at.is_(None),
        )
        .order_by(delivery.c.due_at)
        .limit(bindparam("at_most"))
        .with_for_update(skip_locked=True, of=delivery)
    )


NEW = _due(delivery.c.task == Task.SEND, ~IS_TRIED)
# Its index is taken only where no other has more to offer.
TRIED = _due(IS_TRIED)
LOTS = Prepared(gathered(due_lots().subquery("found")))
_NEW_ROWS, _TRIED_ROWS = (
    Prepared(gathered(statement.subquery("found"))) for statement in (NEW, TRIED)
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to take: of one channel, the gravest first, down to a rank, until the lease ends."""

    channel: str
    owner: str
    now: datetime
    lease_until: datetime
    limit: int
    rank: int


def due(connection: Connection, wanted: Wanted) -> Rows:
    """Return deliveries that are due; alerts of one rank share what there is to take."""
    lots = LOTS.rows(
        connection,
        {
            "of_task": Task.SEND,
            "of_channel": wanted.channel,
            "lowest_rank": wanted.rank,
            "at_now": microseconds(wanted.now),
        },
    )
    rows: Rows = []
    for rank, alike in groupby(sorted(lots, key=lambda lot: (lot[1], lot[0])), lambda lot: lot[1]):
        room = wanted.limit - len(rows)
        rows += _share(connection, wanted, rank, [lot[0] for lot in alike], room)
        if len(rows) >= wanted.limit:
            break
    return rows


def _share(
    connection: Connection, wanted: Wanted, rank: int, alerts: Sequence[int], room: int
) -> Rows:
    """Return rows of alerts, as equally many of each as they have."""

    def of(alert_id: int, most: int) -> Rows:
        asked = {
            "of_alert": alert_id,
            "of_channel": wanted.channel,
            "of_rank": rank,
            "at_now": microseconds(wanted.now),
        }
        return _of_lot(connection, asked, most)

    shares: dict[int, Rows] = {}
    for number, alert_id in enumerate(alerts):
        fair = -(-room // (len(alerts) - number))
        shares[alert_id] = of(alert_id, fair)
        room -= len(shares[alert_id])
    # What those with little left goes to those that have more.
    for alert_id in alerts if room else ():
        mine = len(shares[alert_id])
        shares[alert_id] = of(alert_id, mine + room)
        room -= len(shares[alert_id]) - mine
    return [row for rows in shares.values() for row in rows]


def _of_lot(connection: Connection, asked: Mapping[str, object], most: int) -> Rows:
    """Return rows of one alert; who was tried before goes first, but takes no more than half.

    At the end of the queue they would wait until everybody else has been told.
    """
    half = -(-most // 2)
    tried = _TRIED_ROWS.rows(connection, {**asked, "at_most": half})
    new = _NEW_ROWS.rows(connection, {**asked, "at_most": most - len(tried)})
    if len(tried) == half and len(tried) + len(new) < most:
        tried = _TRIED_ROWS.rows(connection, {**asked, "at_most": most - len(new)})
    return [*tried, *new]
