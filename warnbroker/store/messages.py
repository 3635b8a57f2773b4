"""The messages of alerts, as they were rendered once."""

from collections.abc import Sequence

from sqlalchemy import Connection, ScalarSelect, bindparam, or_, select

from warnbroker.model.message import ASIDE, Message, MessageKind
from warnbroker.store.statements import insert_new
from warnbroker.store.tables import message

_OF_ALERT = (
    select(message).where(message.c.alert_id == bindparam("of_alert")).order_by(message.c.id)
)


def load(connection: Connection, alert_id: int) -> Sequence[Message]:
    """Return the messages of an alert."""
    return [
        Message(
            id=row.id,
            channel=row.channel,
            language=row.language,
            kind=MessageKind(row.kind),
            group=row.group_index,
            parts=row.parts,
            since=row.since,
        )
        for row in connection.execute(_OF_ALERT, {"of_alert": alert_id}).all()
    ]


def aside_ids(alert_id: object) -> ScalarSelect[int]:
    """Return the ids of the messages of an alert that only offices get, to be searched in.

    ``alert_id`` is a number, or a parameter that stands for one.
    """
    return (
        select(message.c.id)
        .where(
            message.c.alert_id == alert_id,
            or_(*(message.c.kind == kind.value for kind in sorted(ASIDE))),
        )
        .scalar_subquery()
    )


def keep(connection: Connection, alert_id: int, rendered: Sequence[Message]) -> Sequence[Message]:
    """Write messages of an alert, unless it has some of that kind; return all it has."""
    known = load(connection, alert_id)
    there = {(item.kind, item.since) for item in known}
    new = [item for item in rendered if (item.kind, item.since) not in there]
    add(connection, alert_id, new)
    return load(connection, alert_id)


def add(connection: Connection, alert_id: int, new: Sequence[Message]) -> None:
    """Write messages of an alert; one that is there already stays."""
    rows = [
        {
            "alert_id": alert_id,
            "id": item.id,
            "channel": item.channel,
            "language": item.language,
            "kind": item.kind,
            "group_index": item.group,
            "parts": dict(item.parts),
            "since": item.since,
        }
        for item in new
    ]
    if rows:
        connection.execute(insert_new(connection, message), rows)
