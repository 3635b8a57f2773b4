"""Ladders: where people stand, moved together with the record of what was done for them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    String,
    bindparam,
    delete,
    func,
    literal,
    null,
    select,
    tuple_,
    update,
)

from warnbroker.contracts.escalation import (
    Capable,
    Move,
    Reached,
    Receipts,
    Taken,
    Unreached,
)
from warnbroker.model.ladder import Action, Climber
from warnbroker.model.receipt import ENGINE, State
from warnbroker.model.record import Task
from warnbroker.store import climbers, planned, reached
from warnbroker.store.database import Database
from warnbroker.store.histories import NO_SEQUENCE
from warnbroker.store.ladder_tables import escalation, ladder
from warnbroker.store.statements import given, insert_into, packed
from warnbroker.store.tables import Instant, alert, delivery, evidence, microseconds

_NOW = bindparam("at_now", type_=Instant)
_LEAVING = given(alert_id=BigInteger, id=BigInteger, step=Integer)
_LEAVE = delete(ladder).where(
    tuple_(ladder.c.alert_id, ladder.c.subscriber_id, ladder.c.step).in_(
        select(_LEAVING.c.alert_id, _LEAVING.c.id, _LEAVING.c.step)
    )
)
_MOVES = given(
    alert_id=BigInteger,
    id=BigInteger,
    old=Integer,
    new=Integer,
    due_at=BigInteger,
    last_at=BigInteger,
    delayed_by=String,
)
_MOVE = (
    update(ladder)
    .where(
        ladder.c.alert_id == _MOVES.c.alert_id,
        ladder.c.subscriber_id == _MOVES.c.id,
        ladder.c.step == _MOVES.c.old,
        select(alert.c.id)
        .where(alert.c.id == ladder.c.alert_id, alert.c.stopped_at.is_(None))
        .correlate(ladder)
        .exists(),
    )
    .values(
        step=_MOVES.c.new,
        due_at=_MOVES.c.due_at,
        last_at=func.coalesce(_MOVES.c.last_at, ladder.c.last_at),
        delayed_by=_MOVES.c.delayed_by,
    )
    .returning(ladder.c.alert_id, ladder.c.subscriber_id)
)
_WISHES = given(id=BigInteger, alert_id=BigInteger, delivery=BigInteger, code=String, step=Integer)
# What is still under way needs no wish: it may reach them yet.
_IS_IDLE = (
    (delivery.c.alert_id == _WISHES.c.alert_id)
    & (delivery.c.id == _WISHES.c.delivery)
    & delivery.c.task.is_(None)
    & (delivery.c.attempts > 0)
)
_SEND_AGAIN = (
    update(delivery)
    .where(_IS_IDLE)
    .values(task=Task.SEND, due_at=_NOW, step=_WISHES.c.step, changed_at=_NOW)
)
_WAITING = (
    select(
        escalation.c.alert_id,
        escalation.c.subscriber_id,
        escalation.c.step,
        escalation.c.region,
        escalation.c.at,
    )
    .where(
        escalation.c.waits,
        escalation.c.action == bindparam("of_action"),
        escalation.c.alert_id.not_in(bindparam("but", expanding=True)),
    )
    .order_by(escalation.c.alert_id, escalation.c.subscriber_id)
    .limit(bindparam("at_most"))
)
_SINCE = (
    select(escalation.c.region, func.sum(escalation.c.messages))
    .where(escalation.c.at > bindparam("since", type_=Instant))
    .group_by(escalation.c.region)
)
_ROUNDS = select(func.coalesce(func.max(escalation.c.turn), 0), func.max(escalation.c.at)).where(
    escalation.c.alert_id == bindparam("of_alert"),
    escalation.c.action == bindparam("of_action"),
    escalation.c.turn > 0,
)
_SETTLED = given(alert_id=BigInteger, id=BigInteger, step=Integer)
_SETTLE = (
    update(escalation)
    .where(
        tuple_(escalation.c.alert_id, escalation.c.subscriber_id, escalation.c.step).in_(
            select(_SETTLED.c.alert_id, _SETTLED.c.id, _SETTLED.c.step)
        )
    )
    .values(waits=False, turn=bindparam("in_turn"), outcome=bindparam("as_outcome"))
)


class LadderTable:
    """Reads and writes ladders; every method is one transaction."""

    def __init__(self, database: Database, ids: Iterator[int]) -> None:
        self._database = database
        self._ids = ids

    async def due(
        self, rank: int, now: datetime, limit: int, receipts: Receipts
    ) -> Sequence[Climber]:
        """Return those of a rank who are due to be looked at, the longest due first."""
        return await self._database.read(lambda c: climbers.due(c, rank, now, limit, receipts))

    async def move(self, moves: Sequence[Move], now: datetime) -> int:
        """Write moves in one transaction; return how many steps were really taken."""
        wishes = [
            (next(self._ids), move, delivery_id)
            for move in moves
            if move.taken
            for delivery_id in move.taken.again
        ]

        def work(connection: Connection) -> int:
            _leave(connection, [move for move in moves if move.due_at is None])
            moved = _move(connection, [move for move in moves if move.due_at is not None], now)
            taken = _taken(connection, [move for move in moves if move.taken], moved, now)
            mine = [wish for wish in wishes if _key(wish[1]) in taken]
            _wish(connection, mine, now)
            _plan(connection, [move for move in moves if _key(move) in taken], now)
            return len(taken)

        return await self._database.write(work) if moves else 0

    async def messages_since(self, since: datetime) -> Mapping[str, int]:
        """Return how many messages the ladders have added since a moment, by region."""
        rows = await self._database.read(lambda c: c.execute(_SINCE, {"since": since}).all())
        return {row[0]: row[1] for row in rows}

    async def waiting(
        self, action: Action, limit: int, but: Collection[int] = ()
    ) -> Sequence[Unreached]:
        """Return those who wait for a list or a plan, of one alert and not of some."""
        wanted = {"of_action": action, "at_most": limit, "but": list(but)}
        rows = await self._database.read(lambda c: c.execute(_WAITING, wanted).all())
        return [Unreached(*row) for row in rows if row[0] == rows[0][0]]

    async def reached(
        self, alert_id: int, capable: Capable, confirming: Collection[str]
    ) -> Reached:
        """Count the people of an alert."""
        return await self._database.read(lambda c: reached.of(c, alert_id, capable, confirming))

    async def rounds(self, alert_id: int, action: Action) -> tuple[int, datetime | None]:
        """Return how many lists or plans there were for an alert, and when the last was."""
        wanted = {"of_alert": alert_id, "of_action": action}
        row = await self._database.read(lambda c: c.execute(_ROUNDS, wanted).one())
        return row[0], row[1]

    async def settle(self, waiting: Collection[Unreached], turn: int, outcome: str) -> None:
        """Note that a list or plan has taken them up."""
        await self._database.write(lambda c: settle(c, waiting, turn, outcome))


def settle(connection: Connection, waiting: Collection[Unreached], turn: int, outcome: str) -> None:
    """Note that a list or plan has taken people up."""
    rows = [(item.alert_id, item.subscriber_id, item.step) for item in waiting]
    connection.execute(_SETTLE, {**packed(rows), "in_turn": turn, "as_outcome": outcome})


def _key(move: Move) -> climbers.Key:
    return move.climber.alert_id, move.climber.person.subscriber_id


def _leave(connection: Connection, moves: Sequence[Move]) -> None:
    rows = [(*_key(move), move.climber.step) for move in moves]
    if rows:
        connection.execute(_LEAVE, packed(rows))


def _move(connection: Connection, moves: Sequence[Move], now: datetime) -> set[climbers.Key]:
    rows = [
        (
            *_key(move),
            move.climber.step,
            move.step,
            microseconds(move.due_at) if move.due_at else None,
            microseconds(now) if move.taken else None,
            move.delayed_by,
        )
        for move in moves
    ]
    if not rows:
        return set()
    return {(row[0], row[1]) for row in connection.execute(_MOVE, packed(rows)).all()}


def _taken(
    connection: Connection, moves: Sequence[Move], moved: set[climbers.Key], now: datetime
) -> set[climbers.Key]:
    rows = [
        _escalation(move, move.taken, now) for move in moves if move.taken and _key(move) in moved
    ]
    if not rows:
        return set()
    dialect = connection.dialect.name
    statement = (
        insert_into(dialect, escalation)
        .on_conflict_do_nothing()
        .returning(escalation.c.alert_id, escalation.c.subscriber_id)
    )
    return {(row[0], row[1]) for row in connection.execute(statement, rows).all()}


def _escalation(move: Move, taken: Taken, now: datetime) -> dict[str, Any]:
    alert_id, person = _key(move)
    return {
        "alert_id": alert_id,
        "subscriber_id": person,
        "step": taken.number,
        "action": taken.action,
        "region": taken.region,
        "at": now,
        "outcome": taken.outcome,
        "messages": taken.messages,
        "waits": taken.waits,
    }


def _wish(connection: Connection, wishes: Sequence[tuple[int, Move, int]], now: datetime) -> None:
    rows = [
        (new_id, move.climber.alert_id, delivery_id, move.taken.wish, move.taken.number)
        for new_id, move, delivery_id in wishes
        if move.taken
    ]
    if not rows:
        return
    named = {
        "alert_id": _WISHES.c.alert_id,
        "delivery_id": _WISHES.c.delivery,
        "attempt": delivery.c.attempts,
        "provider": literal(ENGINE),
        "state": literal(State.IN_FLIGHT),
        "code": _WISHES.c.code,
        "sequence": literal(NO_SEQUENCE),
        "id": _WISHES.c.id,
        "reason": null(),
        "provider_ref": literal(""),
        "at": _NOW,
        "received_at": _NOW,
    }
    source = select(*named.values()).select_from(_WISHES).join(delivery, _IS_IDLE)
    insertion = insert_into(connection.dialect.name, evidence).from_select(list(named), source)
    keys = {**packed(rows), "at_now": now}
    connection.execute(insertion.on_conflict_do_nothing(), keys)
    connection.execute(_SEND_AGAIN, keys)


def _plan(connection: Connection, moves: Sequence[Move], now: datetime) -> None:
    for move in moves:
        if move.taken:
            planned.write(connection, move.climber.alert_id, move.taken.planned, now)
