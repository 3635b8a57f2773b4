"""Who may have been told of alerts, page by page."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, select, tuple_

from warnbroker.model.message import ASIDE
from warnbroker.model.record import Told
from warnbroker.store.candidates import candidate, candidates
from warnbroker.store.histories import DeliveryKey
from warnbroker.store.tables import delivery, message

_PEOPLE = candidates().subquery()
_KEY = tuple_(delivery.c.alert_id, delivery.c.id)
_PAGE = (
    select(
        delivery.c.alert_id,
        delivery.c.id,
        delivery.c.channel,
        delivery.c.address_id,
        delivery.c.target,
        message.c.language,
        _PEOPLE,
    )
    .join(
        message,
        and_(message.c.alert_id == delivery.c.alert_id, message.c.id == delivery.c.message_id),
    )
    .outerjoin(_PEOPLE, _PEOPLE.c.subscriber_id == delivery.c.subscriber_id)
    .where(
        delivery.c.alert_id.in_(bindparam("of_alerts", expanding=True)),
        delivery.c.told,
        message.c.kind.not_in(sorted(ASIDE)),
        tuple_(bindparam("after_alert"), bindparam("after_id")) < _KEY,
    )
    .order_by(delivery.c.alert_id, delivery.c.id)
    .limit(bindparam("at_most"))
)


def page(
    connection: Connection, alert_ids: Sequence[int], after: DeliveryKey, size: int
) -> Sequence[Row[Any]]:
    """Return deliveries of alerts whose recipients may have been told, after one."""
    wanted = {"of_alerts": alert_ids, "after_alert": after[0], "after_id": after[1]}
    return connection.execute(_PAGE, {**wanted, "at_most": size}).all()


def told(row: Row[Any]) -> Told:
    """Build the record of a row of ``page``."""
    return Told(
        channel=row.channel,
        language=row.language,
        address_id=row.address_id,
        target=row.target,
        candidate=candidate(row) if row.wanted_language is not None else None,
    )
