"""Lots: which alerts have something due, found without a walk through all that waits."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from warnbroker.model.record import Task
from warnbroker.store.tables import Instant, alert, delivery

OF_TASK: BindParameter[str] = bindparam("of_task")
OF_CHANNEL: BindParameter[str] = bindparam("of_channel")
NOW = bindparam("at_now", type_=Instant)
_LOWEST: BindParameter[int] = bindparam("lowest_rank")


def open_alerts(task: BindParameter[str] | Task = OF_TASK) -> CTE:
    """Return the ids of the alerts that have deliveries with a task.

    Each is one look into an index, however many deliveries an alert has.
    """
    first = select(func.min(delivery.c.alert_id)).where(delivery.c.task == task)
    found = select(first.scalar_subquery().label("id")).cte("open_alert", recursive=True)
    following = select(func.min(delivery.c.alert_id)).where(
        delivery.c.task == task, delivery.c.alert_id > found.c.id
    )
    return found.union_all(
        select(following.correlate(found).scalar_subquery()).where(found.c.id.is_not(None))
    )


def in_vain(now: datetime) -> ColumnElement[bool]:
    """Tell whether a delivery waits to be sent though its alert is over."""
    waiting = open_alerts(Task.SEND)
    over = (
        select(alert.c.id)
        .join(waiting, waiting.c.id == alert.c.id)
        .where(or_(alert.c.stopped_at.is_not(None), alert.c.expires <= now))
    )
    return and_(delivery.c.task == Task.SEND, delivery.c.alert_id.in_(over))


def due_lots() -> Select[Any]:
    """Return the alerts in force of which a channel has something due, with its gravest rank."""
    alerts = open_alerts()
    rank = (
        select(delivery.c.rank)
        .where(
            delivery.c.task == OF_TASK,
            delivery.c.alert_id == alerts.c.id,
            delivery.c.channel == OF_CHANNEL,
            delivery.c.rank <= _LOWEST,
            delivery.c.due_at <= NOW,
        )
        .order_by(delivery.c.rank)
        .limit(1)
        .correlate(alerts)
        .scalar_subquery()
    )
    lots = (
        select(alerts.c.id, rank.label("rank"))
        .join(alert, alert.c.id == alerts.c.id)
        # Of what is over nothing may go, however much of it has yet to be ended.
        .where(alert.c.stopped_at.is_(None), alert.c.expires > NOW)
        .subquery("lots")
    )
    return select(lots.c.id, lots.c.rank).where(lots.c.rank.is_not(None))
