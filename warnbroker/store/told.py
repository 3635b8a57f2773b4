"""Who may have been told of alerts, page by page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, Select, and_, bindparam, select, tuple_

from warnbroker.model.enums import MsgType
from warnbroker.model.ladder import DOOR
from warnbroker.model.message import ASIDE
from warnbroker.model.record import AlertState, Told
from warnbroker.store.candidates import candidate, candidates
from warnbroker.store.histories import DeliveryKey
from warnbroker.store.statements import given, packed
from warnbroker.store.tables import IS_LATE, Instant, alert, delivery, message

_PEOPLE = candidates().subquery()
_KEY = tuple_(delivery.c.alert_id, delivery.c.id)
_TOLD: Select[Any] = (
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
    # Who was told at the door was told, or could have been, by a channel, too.
    .where(message.c.kind.not_in(sorted(ASIDE)), delivery.c.channel != DOOR)
    .order_by(delivery.c.alert_id, delivery.c.id)
    .limit(bindparam("at_most"))
)
_PAGE = _TOLD.where(
    delivery.c.alert_id.in_(bindparam("of_alerts", expanding=True)),
    delivery.c.told,
    tuple_(bindparam("after_alert"), bindparam("after_id")) < _KEY,
)
_KEYS = given(alert_id=BigInteger, id=BigInteger)
_OF_KEYS = _TOLD.where(_KEY.in_(select(_KEYS.c.alert_id, _KEYS.c.id)))
_OF = alert.alias("of_delivery")
_NOW_SAYS = alert.alias("now_says")
_ITS_OWN = delivery.alias("its_own")
_SPEAKS = message.alias("speaks")
# What was planned while a delivery counted as failed left its recipient out. The sum keeps a
# planner from walking through every delivery of an alert, rather than the few that are late.
_OWED: Select[Any] = (
    select(delivery.c.alert_id, delivery.c.id, _NOW_SAYS.c.id.label("owed_by"))
    .join(_OF, _OF.c.id == delivery.c.alert_id + 0)
    .join(_NOW_SAYS, _NOW_SAYS.c.warning_id == _OF.c.warning_id)
    .where(
        IS_LATE,
        _OF.c.stopped_at.is_not(None),
        _NOW_SAYS.c.stopped_at.is_(None),
        _NOW_SAYS.c.state == AlertState.PLANNED,
        _NOW_SAYS.c.msg_type.in_([MsgType.UPDATE, MsgType.CANCEL]),
        _NOW_SAYS.c.expires > bindparam("at_now", type_=Instant),
        select(_SPEAKS.c.id)
        .where(_SPEAKS.c.alert_id == _NOW_SAYS.c.id, _SPEAKS.c.channel == delivery.c.channel)
        .exists(),
        ~select(_ITS_OWN.c.id)
        .where(
            _ITS_OWN.c.alert_id == _NOW_SAYS.c.id,
            _ITS_OWN.c.dedupe_key == delivery.c.dedupe_key,
        )
        .exists(),
    )
    .limit(bindparam("at_most"))
)


def page(
    connection: Connection, alert_ids: Sequence[int], after: DeliveryKey, size: int
) -> Sequence[Row[Any]]:
    """Return deliveries of alerts whose recipients may have been told, after one."""
    wanted = {"of_alerts": alert_ids, "after_alert": after[0], "after_id": after[1]}
    return connection.execute(_PAGE, {**wanted, "at_most": size}).all()


def owed(connection: Connection, now: datetime, limit: int) -> Mapping[int, Sequence[Row[Any]]]:
    """Return deliveries found to have arrived whose recipients lack what now holds.

    They are keyed by the id of the Update or Cancel that took their alert's place.
    """
    found = connection.execute(_OWED, {"at_now": now, "at_most": limit}).all()
    keys = {(row.alert_id, row.id): row.owed_by for row in found}
    rows: dict[int, list[Row[Any]]] = {}
    if keys:
        for row in connection.execute(_OF_KEYS, {**packed(list(keys)), "at_most": len(keys)}):
            rows.setdefault(keys[row.alert_id, row.id], []).append(row)
    return rows


def told(row: Row[Any]) -> Told:
    """Build the record of a row of ``page`` or ``owed``."""
    return Told(
        channel=row.channel,
        language=row.language,
        address_id=row.address_id,
        target=row.target,
        candidate=candidate(row) if row.wanted_language is not None else None,
    )
