"""The messages of alerts, as they were rendered once."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, insert, select

from warnbroker.model.message import Message, MessageKind
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
        )
        for row in connection.execute(_OF_ALERT, {"of_alert": alert_id}).all()
    ]


def keep(connection: Connection, alert_id: int, rendered: Sequence[Message]) -> Sequence[Message]:
    """Write the messages of an alert, unless it has some; return those it has."""
    known = load(connection, alert_id)
    if known or not rendered:
        return known
    rows = [
        {
            "alert_id": alert_id,
            "id": item.id,
            "channel": item.channel,
            "language": item.language,
            "kind": item.kind,
            "group_index": item.group,
            "parts": dict(item.parts),
        }
        for item in rendered
    ]
    connection.execute(insert(message), rows)
    return rendered
