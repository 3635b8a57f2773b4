"""Claims: rows taken, begun and given back; nothing stopped or expired is ever begun."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    String,
    and_,
    bindparam,
    case,
    delete,
    insert,
    select,
    tuple_,
    update,
)

from warnbroker.model.receipt import State
from warnbroker.model.record import ClaimedDelivery, Task
from warnbroker.store.cipher import AddressCipher
from warnbroker.store.due import CLAIMED, Wanted, due
from warnbroker.store.prepared import Prepared, Rows
from warnbroker.store.statements import gathered, given, packed
from warnbroker.store.tables import (
    Instant,
    alert,
    attempt,
    delivery,
    instant,
    microseconds,
)

_NOW = bindparam("at_now", type_=Instant)
_OWNER: BindParameter[str] = bindparam("by_owner")
_DUE = bindparam("new_due", type_=Instant)
_KEYS = given(alert_id=BigInteger, id=BigInteger)
_AS_TAKEN = given(alert_id=BigInteger, id=BigInteger, attempts=Integer)
_HELD = given(alert_id=BigInteger, id=BigInteger, due_at=Instant, cause=String)
_ATTEMPTS = given(
    alert_id=BigInteger, id=BigInteger, number=Integer, repeat=Boolean, provider=String
)


def is_stopped() -> ColumnElement[bool]:
    """Tell whether a later alert ended the one that a delivery belongs to."""
    return (
        select(alert.c.id)
        .where(alert.c.id == delivery.c.alert_id, alert.c.stopped_at.is_not(None))
        .exists()
    )


_ITS_KEY = and_(delivery.c.alert_id == _KEYS.c.alert_id, delivery.c.id == _KEYS.c.id)
# A claim whose lease ran out may have been taken anew, and tried, while a copy of it waited.
_ALLOWS = (
    delivery.c.alert_id == _AS_TAKEN.c.alert_id,
    delivery.c.id == _AS_TAKEN.c.id,
    delivery.c.attempts == _AS_TAKEN.c.attempts,
    delivery.c.claimed_by == _OWNER,
    delivery.c.state == State.CLAIMED,
    delivery.c.expires > _NOW,
    ~is_stopped(),
)
_MAY_BEGIN = select(delivery.c.alert_id, delivery.c.id).where(*_ALLOWS)
_FREE = (
    update(delivery)
    .where(delivery.c.state == State.CLAIMED)
    .values(
        state=case((delivery.c.attempts > 0, State.RETRY_WAIT), else_=State.QUEUED),
        claimed_by=None,
        due_at=_NOW,
        changed_at=_NOW,
    )
)

_TAKE = Prepared(
    update(delivery)
    .where(_ITS_KEY)
    .values(state=State.CLAIMED, claimed_by=_OWNER, due_at=_DUE, changed_at=_NOW, delayed_by="")
)
_ALLOWED = Prepared(gathered(_MAY_BEGIN.subquery("found")))
_BEGIN_ANY = update(delivery).values(
    state=State.IN_FLIGHT,
    task=Task.RESOLVE,
    due_at=_DUE,
    attempts=delivery.c.attempts + 1,
    told=True,
    changed_at=_NOW,
)
_BEGIN = Prepared(_BEGIN_ANY.where(_ITS_KEY))
BEGIN_ALLOWED = Prepared(_BEGIN_ANY.where(*_ALLOWS))
NOTE_ATTEMPTS = Prepared(
    insert(attempt).from_select(
        [attempt.c.alert_id, attempt.c.delivery_id, attempt.c.number, attempt.c.repeat,
         attempt.c.provider, attempt.c.started_at],
        select(*_ATTEMPTS.c, _NOW),
    )
)  # fmt: skip
_DOUBTED = given(alert_id=BigInteger, id=BigInteger, number=Integer, told=Boolean)
_WAS_BEGUN = (
    delivery.c.alert_id == _DOUBTED.c.alert_id,
    delivery.c.id == _DOUBTED.c.id,
    delivery.c.claimed_by == _OWNER,
    delivery.c.state == State.IN_FLIGHT,
    delivery.c.attempts == _DOUBTED.c.number,
)
_FORGET_ATTEMPTS = delete(attempt).where(
    tuple_(attempt.c.alert_id, attempt.c.delivery_id, attempt.c.number).in_(
        select(_DOUBTED.c.alert_id, _DOUBTED.c.id, _DOUBTED.c.number).where(*_WAS_BEGUN)
    )
)
_UNDO = (
    update(delivery)
    .where(*_WAS_BEGUN)
    .values(
        state=State.CLAIMED,
        task=Task.SEND,
        due_at=_DUE,
        attempts=delivery.c.attempts - 1,
        told=_DOUBTED.c.told,
        changed_at=_NOW,
    )
)
_RELEASE = _FREE.where(_ITS_KEY, delivery.c.claimed_by == _OWNER)
_UNCLAIM = _FREE.where(
    delivery.c.task == Task.SEND,
    delivery.c.channel == bindparam("of_channel"),
    delivery.c.claimed_by == _OWNER,
    delivery.c.due_at == _DUE,
)
_HOLD = _FREE.where(
    delivery.c.alert_id == _HELD.c.alert_id,
    delivery.c.id == _HELD.c.id,
    delivery.c.claimed_by == _OWNER,
).values(due_at=_HELD.c.due_at, delayed_by=_HELD.c.cause)
_TAKE_BACK = _FREE.where(delivery.c.task == Task.SEND, delivery.c.claimed_by != _OWNER)
_ONE = Prepared(
    gathered(
        CLAIMED.where(
            delivery.c.alert_id == bindparam("of_alert"), delivery.c.id == bindparam("of_id")
        ).subquery("found")
    )
)


def take(connection: Connection, wanted: Wanted) -> Rows:
    """Claim deliveries that are due; alerts of one rank share what there is to take."""
    rows = due(connection, wanted)
    if rows:
        keys = packed([row[:2] for row in rows])
        until, now = microseconds(wanted.lease_until), microseconds(wanted.now)
        _TAKE.run(connection, {**keys, "by_owner": wanted.owner, "at_now": now, "new_due": until})
    return rows


def find(connection: Connection, alert_id: int, delivery_id: int) -> list[Any] | None:
    """Return what a claimed delivery is made of, claimed or not."""
    found = _ONE.rows(connection, {"of_alert": alert_id, "of_id": delivery_id})
    return found[0] if found else None


def begin(
    connection: Connection,
    claimed: Sequence[ClaimedDelivery],
    owner: str,
    now: datetime,
    answer_by: datetime,
) -> Sequence[ClaimedDelivery]:
    """Write one attempt for each that may still be sent, and return those."""
    at = microseconds(now)
    keys = packed([(item.alert_id, item.id, item.attempts) for item in claimed])
    allowed = _ALLOWED.rows(connection, {**keys, "by_owner": owner, "at_now": at})
    if not allowed:
        return ()
    if len(allowed) < len(claimed):
        may = {(row[0], row[1]) for row in allowed}
        claimed = [item for item in claimed if (item.alert_id, item.id) in may]
    _BEGIN.run(connection, {**packed(allowed), "at_now": at, "new_due": microseconds(answer_by)})
    rows = attempt_rows(claimed)
    NOTE_ATTEMPTS.run(connection, {**packed(rows), "at_now": at})
    return claimed


def attempt_rows(claimed: Sequence[ClaimedDelivery]) -> Sequence[tuple[object, ...]]:
    """Return the attempts that begin, in the order of ``NOTE_ATTEMPTS``."""
    return [
        (item.alert_id, item.id, item.attempts + 1, item.repeat, item.provider) for item in claimed
    ]


def unclaim(
    connection: Connection, channel: str, owner: str, lease_until: datetime, now: datetime
) -> None:
    """Give back what the claim took whose lease ends at a moment, and nobody has touched since."""
    connection.execute(
        _UNCLAIM,
        {"of_channel": channel, "by_owner": owner, "new_due": lease_until, "at_now": now},
    )


def undo(
    connection: Connection,
    doubted: Sequence[ClaimedDelivery],
    owner: str,
    now: datetime,
    lease_until: datetime,
) -> None:
    """Claim as before what the owner may have begun, and did not send."""
    rows = [(item.alert_id, item.id, item.attempts + 1, item.repeat) for item in doubted]
    params = {**packed(rows), "by_owner": owner, "at_now": now, "new_due": lease_until}
    connection.execute(_FORGET_ATTEMPTS, params)
    connection.execute(_UNDO, params)


def release(
    connection: Connection, claimed: Sequence[ClaimedDelivery], owner: str, now: datetime
) -> None:
    """Give claimed deliveries back, unsent."""
    keys = packed([(item.alert_id, item.id) for item in claimed])
    connection.execute(_RELEASE, {**keys, "by_owner": owner, "at_now": now})


def hold(
    connection: Connection,
    held: Sequence[tuple[ClaimedDelivery, datetime, str]],
    owner: str,
    now: datetime,
) -> None:
    """Give claimed deliveries back until a moment, each with what delays it."""
    rows = [(item.alert_id, item.id, microseconds(until), cause) for item, until, cause in held]
    connection.execute(_HOLD, {**packed(rows), "by_owner": owner, "at_now": now})


def take_back(connection: Connection, owner: str, now: datetime) -> None:
    """Free what others than the owner had claimed and not begun."""
    connection.execute(_TAKE_BACK, {"by_owner": owner, "at_now": now})


_NOBODY: frozenset[str] = frozenset()


def opened(row: Sequence[Any], cipher: AddressCipher) -> ClaimedDelivery:
    """Build a claimed delivery, its address in clear."""
    (alert_id, number, channel, rank, message, target, expires, attempts, told, avoid, public_id,
     level, sealed) = row  # fmt: skip
    return ClaimedDelivery(
        alert_id,
        public_id,
        number,
        channel,
        rank,
        level,
        message,
        target or cipher.decrypt(bytes.fromhex(sealed)),
        instant(expires),
        attempts,
        bool(told),
        avoid=frozenset(avoid.split(";")) if avoid else _NOBODY,
    )
