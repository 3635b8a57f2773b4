"""Claims: rows taken, begun and given back; nothing stopped or expired is ever begun."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    String,
    bindparam,
    insert,
    select,
    tuple_,
    update,
)

from warnbroker.model.receipt import State
from warnbroker.model.record import ClaimedDelivery, Task
from warnbroker.store.cipher import AddressCipher
from warnbroker.store.statements import given, packed
from warnbroker.store.tables import Instant, address, alert, attempt, delivery

_NOW = bindparam("at_now", type_=Instant)
_OWNER: BindParameter[str] = bindparam("by_owner")
_DUE = bindparam("new_due", type_=Instant)
_KEYS = given(alert_id=BigInteger, id=BigInteger)
_ATTEMPTS = given(
    alert_id=BigInteger, id=BigInteger, number=Integer, repeat=Boolean, provider=String
)


def is_stopped() -> ColumnElement[bool]:
    """Tell whether a later alert ended the one that a delivery belongs to."""
    return select(alert.c.id).where(_ITS_ALERT, alert.c.stopped_at.is_not(None)).exists()


def _looked_up(column: Any, condition: ColumnElement[bool]) -> Any:
    return select(column).where(condition).correlate(delivery).scalar_subquery().label(column.name)


_ITS_ALERT = alert.c.id == delivery.c.alert_id
_CLAIMED = (
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
    _looked_up(alert.c.public_id, _ITS_ALERT),
    _looked_up(alert.c.level, _ITS_ALERT),
    _looked_up(address.c.ciphertext, address.c.id == delivery.c.address_id),
)
_WANTED = (
    select(delivery.c.alert_id, delivery.c.id)
    .where(
        delivery.c.channel == bindparam("of_channel"),
        delivery.c.task == Task.SEND,
        delivery.c.rank <= bindparam("lowest_rank"),
        delivery.c.due_at <= _NOW,
        delivery.c.expires > _NOW,
        ~is_stopped(),
    )
    .order_by(delivery.c.rank, delivery.c.due_at)
    .limit(bindparam("at_most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(delivery)
    .where(tuple_(delivery.c.alert_id, delivery.c.id).in_(_WANTED))
    .values(state=State.CLAIMED, claimed_by=_OWNER, due_at=_DUE, changed_at=_NOW)
    .returning(*_CLAIMED)
)
_BEGIN = (
    update(delivery)
    .where(
        delivery.c.alert_id == _KEYS.c.alert_id,
        delivery.c.id == _KEYS.c.id,
        delivery.c.claimed_by == _OWNER,
        delivery.c.state == State.CLAIMED,
        delivery.c.expires > _NOW,
        ~is_stopped(),
    )
    .values(
        state=State.IN_FLIGHT,
        task=Task.RESOLVE,
        due_at=_DUE,
        attempts=delivery.c.attempts + 1,
        told=True,
        changed_at=_NOW,
    )
    .returning(delivery.c.alert_id, delivery.c.id)
)
_NOTE_ATTEMPTS = insert(attempt).from_select(
    [attempt.c.alert_id, attempt.c.delivery_id, attempt.c.number, attempt.c.repeat,
     attempt.c.provider, attempt.c.started_at],
    select(*_ATTEMPTS.c, _NOW),
)  # fmt: skip
_FREE = (
    update(delivery)
    .where(delivery.c.state == State.CLAIMED)
    .values(state=State.QUEUED, claimed_by=None, due_at=_NOW, changed_at=_NOW)
)
_RELEASE = _FREE.where(
    delivery.c.alert_id == _KEYS.c.alert_id,
    delivery.c.id == _KEYS.c.id,
    delivery.c.claimed_by == _OWNER,
)
_TAKE_BACK = _FREE.where(delivery.c.claimed_by != _OWNER)
_ONE: Select[Any] = select(*_CLAIMED).where(
    delivery.c.alert_id == bindparam("of_alert"), delivery.c.id == bindparam("of_id")
)


def wanted(
    channel: str, owner: str, now: datetime, lease_until: datetime, limit: int, rank: int
) -> Mapping[str, object]:
    """Return what to ``take``: deliveries that are due, the gravest first, down to a rank."""
    return {
        "of_channel": channel,
        "by_owner": owner,
        "at_now": now,
        "new_due": lease_until,
        "at_most": limit,
        "lowest_rank": rank,
    }


def take(connection: Connection, what: Mapping[str, object]) -> Sequence[Row[Any]]:
    """Claim deliveries for an owner, until the lease runs out."""
    return connection.execute(_CLAIM, what).all()


def find(connection: Connection, alert_id: int, delivery_id: int) -> Row[Any] | None:
    """Return what a claimed delivery is made of, claimed or not."""
    return connection.execute(_ONE, {"of_alert": alert_id, "of_id": delivery_id}).one_or_none()


def begin(
    connection: Connection,
    claimed: Sequence[ClaimedDelivery],
    owner: str,
    now: datetime,
    answer_by: datetime,
) -> Sequence[ClaimedDelivery]:
    """Write one attempt for each that may still be sent, and return those."""
    keys = packed([(item.alert_id, item.id) for item in claimed])
    whose = {"by_owner": owner, "at_now": now, "new_due": answer_by}
    begun = {(row[0], row[1]) for row in connection.execute(_BEGIN, {**keys, **whose})}
    mine = [item for item in claimed if (item.alert_id, item.id) in begun]
    if mine:
        rows = [
            (item.alert_id, item.id, item.attempts + 1, item.repeat, item.provider) for item in mine
        ]
        connection.execute(_NOTE_ATTEMPTS, {**packed(rows), "at_now": now})
    return mine


def release(
    connection: Connection, claimed: Sequence[ClaimedDelivery], owner: str, now: datetime
) -> None:
    """Give claimed deliveries back, unsent."""
    keys = packed([(item.alert_id, item.id) for item in claimed])
    connection.execute(_RELEASE, {**keys, "by_owner": owner, "at_now": now})


def take_back(connection: Connection, owner: str, now: datetime) -> None:
    """Free what others than the owner had claimed and not begun."""
    connection.execute(_TAKE_BACK, {"by_owner": owner, "at_now": now})


def opened(row: Row[Any], cipher: AddressCipher) -> ClaimedDelivery:
    """Build a claimed delivery, its address in clear."""
    return ClaimedDelivery(
        alert_id=row.alert_id,
        alert=row.public_id,
        id=row.id,
        channel=row.channel,
        rank=row.rank,
        level=row.level,
        message_id=row.message_id,
        address=row.target or cipher.decrypt(row.ciphertext),
        expires=row.expires,
        attempts=row.attempts,
        repeat=row.told,
        avoid=frozenset(row.avoid.split(";")) if row.avoid else frozenset(),
    )
