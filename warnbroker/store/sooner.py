"""What is due later, brought forward by as much as the clock was set back."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Update, bindparam, type_coerce, update

from warnbroker.model.record import QUIET_HOURS
from warnbroker.store.ladder_tables import ladder
from warnbroker.store.tables import Instant, delivery

_NOW = bindparam("at_now", type_=Instant)


def _sooner(due: Column[Any]) -> Any:
    return type_coerce(due, BigInteger) - bindparam("so_much", type_=BigInteger)


_ALL: tuple[Update, ...] = (
    update(delivery)
    # Quiet hours end by the clock on the wall, which is right now.
    .where(
        delivery.c.task.is_not(None),
        delivery.c.due_at > _NOW,
        delivery.c.delayed_by != QUIET_HOURS,
    )
    .values(due_at=_sooner(delivery.c.due_at)),
    *(
        update(ladder).where(column > _NOW).values({column: _sooner(column)})
        for column in (ladder.c.since, ladder.c.last_at, ladder.c.due_at)
    ),
)


def bring_forward(connection: Connection, back: timedelta, now: datetime) -> None:
    """Make what is due later than now due sooner by so much."""
    by = back // timedelta(microseconds=1)
    for statement in _ALL:
        connection.execute(statement, {"so_much": by, "at_now": now})
