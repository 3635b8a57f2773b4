"""Deliveries: planned, claimed, begun, settled, counted; each method is one transaction."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select

from warnbroker.failpoints import Point, reach
from warnbroker.model.message import Message
from warnbroker.model.receipt import AttemptKey, Evidence, State
from warnbroker.model.record import (
    ClaimedDelivery,
    History,
    PlannedDelivery,
    Sent,
    Task,
    Told,
    Turn,
    Verdict,
)
from warnbroker.store import (
    addresses,
    claims,
    evidence,
    feet,
    histories,
    lots,
    messages,
    orphans,
    planned,
    results,
    sooner,
    suppressed,
    told,
    turns,
)
from warnbroker.store.addresses import KindAndAddress
from warnbroker.store.cipher import AddressCipher
from warnbroker.store.database import Database
from warnbroker.store.due import Wanted
from warnbroker.store.planned import dedupe_key
from warnbroker.store.tables import alert, delivery

NO_LOOKS: Mapping[int, timedelta] = {}
_OF_ALERT = delivery.c.alert_id == bindparam("of_alert")
_IS_ASIDE = delivery.c.message_id.in_(messages.aside_ids(bindparam("of_alert")))
# Ids rise with time: a delivery's alert is one of those before it, most likely the last.
_ALERT_OF = (
    select(alert.c.id)
    .where(
        alert.c.id < bindparam("of_id"),
        select(delivery.c.id)
        .where(delivery.c.alert_id == alert.c.id, delivery.c.id == bindparam("of_id"))
        .exists(),
    )
    .order_by(alert.c.id.desc())
    .limit(1)
)
_COUNTS = (
    select(delivery.c.channel, delivery.c.state, func.count())
    .where(_OF_ALERT, ~_IS_ASIDE)
    .group_by(delivery.c.channel, delivery.c.state)
)
_ASIDE_COUNTS = (
    select(delivery.c.channel, delivery.c.state, func.count())
    .where(_OF_ALERT, _IS_ASIDE)
    .group_by(delivery.c.channel, delivery.c.state)
)


def _is_delayed(alert_id: int) -> Sequence[ColumnElement[bool]]:
    waits = delivery.c.task.is_not(None)
    return delivery.c.alert_id == alert_id, delivery.c.delayed_by != "", waits


class DeliveryTable:
    """Reads and writes deliveries; every method is one transaction."""

    def __init__(self, database: Database, cipher: AddressCipher, ids: Iterator[int]) -> None:
        self._database = database
        self._cipher = cipher
        self._ids = ids

    async def messages(self, alert_id: int, rendered: Sequence[Message]) -> Sequence[Message]:
        """Keep messages of an alert, unless it has some of that kind; return all it has."""
        return await self._database.write(lambda c: messages.keep(c, alert_id, rendered))

    async def add_messages(self, alert_id: int, rendered: Sequence[Message]) -> Sequence[Message]:
        """Keep messages of an alert beside those that it has; return all it has."""

        def work(connection: Connection) -> Sequence[Message]:
            messages.add(connection, alert_id, rendered)
            return messages.load(connection, alert_id)

        return await self._database.write(work)

    async def load_messages(self, alert_id: int) -> Sequence[Message]:
        """Return the messages of an alert."""
        return await self._database.read(lambda c: messages.load(c, alert_id))

    async def plan(
        self,
        alert_id: int,
        deliveries: Sequence[PlannedDelivery],
        now: datetime,
        *,
        looks: Mapping[int, timedelta] = NO_LOOKS,
    ) -> None:
        """Write deliveries; an address or target that an alert has on a channel stays as it is.

        Who is suppressed gets a row that says so, in the same transaction. ``looks`` says, by
        rank, how long after that people are first looked at.
        """

        def work(connection: Connection) -> None:
            planned.write(connection, alert_id, deliveries, now)
            feet.begin(connection, alert_id, deliveries, looks, now)

        if deliveries:
            await self._database.write(work)

    async def stops(self, deliveries: Sequence[PlannedDelivery]) -> suppressed.Stops:
        """Return which deliveries, by id, would not be tried now: code and reason."""
        return await self._database.read(
            lambda c: suppressed.stops(deliveries, suppressed.holding(c, deliveries))
        )

    async def addresses(self, wanted: Collection[KindAndAddress]) -> Mapping[KindAndAddress, int]:
        """Return the ids of addresses, encrypting and keeping those that are new."""
        new = {(str(kind), text): next(self._ids) for kind, text in wanted}
        return await self._database.write(lambda c: addresses.keep(c, self._cipher, new))

    async def claim(
        self, channel: str, owner: str, now: datetime, lease_until: datetime, limit: int, rank: int
    ) -> Sequence[ClaimedDelivery]:
        """Take deliveries that are due, gravest first, up to and including a rank."""
        wanted = Wanted(channel, owner, now, lease_until, limit, rank)
        rows = await self._database.write(lambda c: claims.take(c, wanted))
        found = [claims.opened(row, self._cipher) for row in rows]
        return sorted(found, key=lambda item: (item.rank, item.id))

    async def unclaim(self, channel: str, owner: str, lease_until: datetime, now: datetime) -> None:
        """Give back all that one claim took and nobody has touched since."""
        await self._database.write(lambda c: claims.unclaim(c, channel, owner, lease_until, now))

    async def find(self, delivery_id: int) -> History | None:
        """Return a delivery by its id alone."""

        def work(connection: Connection) -> Sequence[History]:
            alert_id = connection.execute(_ALERT_OF, {"of_id": delivery_id}).scalar()
            return histories.of(connection, [(alert_id, delivery_id)] if alert_id else ())

        found = await self._database.read(work)
        return found[0] if found else None

    async def claimed(self, alert_id: int, delivery_id: int) -> ClaimedDelivery | None:
        """Return a delivery with its address in clear."""
        row = await self._database.read(lambda c: claims.find(c, alert_id, delivery_id))
        return claims.opened(row, self._cipher) if row is not None else None

    async def turn(
        self,
        sent: Sequence[Sent],
        batch: Sequence[ClaimedDelivery],
        turn: Turn,
        judge: Callable[[History], Verdict],
    ) -> Sequence[ClaimedDelivery]:
        """Settle what was sent and commit what is sent next, in one transaction."""
        numbered = [(next(self._ids), item) for item in sent]

        def work(connection: Connection) -> Sequence[ClaimedDelivery]:
            if turns.take_plain(connection, numbered, batch, turn):
                reach(Point.RESULTS_ADDED)
                return batch
            if numbered:
                self._settle(connection, numbered, turn.now, judge)
                reach(Point.RESULTS_ADDED)
            if not batch:
                return ()
            return claims.begin(connection, batch, turn.owner, turn.now, turn.answer_by)

        return await self._database.write(work)

    def _settle(
        self,
        connection: Connection,
        numbered: Sequence[tuple[int, Sent]],
        now: datetime,
        judge: Callable[[History], Verdict],
    ) -> None:
        plain = [(number, sent) for number, sent in numbered if sent.is_plain]
        if plain:
            results.add(connection, plain, now)
            taken = [sent for _, sent in plain]
            if not results.settle_plain(connection, taken, now):
                self._judge(connection, results.keys_of(taken), now, judge)
        other = [
            (number, Evidence(sent.key, sent.receipt))
            for number, sent in numbered
            if not sent.is_plain
        ]
        if other:
            self._apply(connection, other, now, judge)

    async def undo(
        self, doubted: Sequence[ClaimedDelivery], owner: str, now: datetime, lease_until: datetime
    ) -> None:
        """Let deliveries that were begun, and never sent, be claimed as they were before."""
        await self._database.write(lambda c: claims.undo(c, doubted, owner, now, lease_until))

    async def hold(
        self, held: Sequence[tuple[ClaimedDelivery, datetime, str]], owner: str, now: datetime
    ) -> None:
        """Give claimed deliveries back until a moment, each with what delays it."""
        await self._database.write(lambda c: claims.hold(c, held, owner, now))

    async def bring_forward(self, back: timedelta, now: datetime) -> None:
        """Make everything that is due later due sooner: the clock was set back by that much."""
        await self._database.write(lambda c: sooner.bring_forward(c, back, now))

    async def release(self, claimed: Sequence[ClaimedDelivery], owner: str, now: datetime) -> None:
        """Give claimed deliveries back, unsent."""
        if claimed:
            await self._database.write(lambda c: claims.release(c, claimed, owner, now))

    async def take_back(self, owner: str, now: datetime) -> None:
        """Free what another, ended process had claimed and not begun."""
        await self._database.write(lambda c: claims.take_back(c, owner, now))

    async def apply(
        self, items: Sequence[Evidence], now: datetime, judge: Callable[[History], Verdict]
    ) -> None:
        """Add evidence and write the verdicts on the deliveries it touches, in one transaction."""
        numbered = [(next(self._ids), item) for item in items]

        if numbered:
            await self._database.write(lambda c: self._apply(c, numbered, now, judge))

    async def went_to(self, asked: Sequence[tuple[AttemptKey, str]]) -> Sequence[bool]:
        """Return whether each delivery went to the address that stands beside it."""
        return await self._database.read(lambda c: addresses.went_to(c, self._cipher, asked))

    def _apply(
        self,
        connection: Connection,
        numbered: evidence.Numbered,
        now: datetime,
        judge: Callable[[History], Verdict],
    ) -> None:
        touched = evidence.add(connection, numbered, now)
        reach(Point.EVIDENCE_ADDED)
        self._judge(connection, touched, now, judge)

    def _judge(
        self,
        connection: Connection,
        touched: Collection[histories.DeliveryKey],
        now: datetime,
        judge: Callable[[History], Verdict],
    ) -> None:
        grown = histories.of(connection, touched)
        evidence.settle(connection, [(item, judge(item)) for item in grown], now)

    async def to_resolve(self, now: datetime, limit: int) -> Sequence[History]:
        """Return deliveries whose outcome is due to be resolved, the gravest first."""
        return await self._histories(
            and_(delivery.c.task == Task.RESOLVE, delivery.c.due_at <= now),
            limit,
            delivery.c.rank,
            delivery.c.due_at,
        )

    async def interrupted(self, owner: str, limit: int) -> Sequence[History]:
        """Return deliveries that another, ended process left in flight."""
        return await self._histories(
            and_(
                delivery.c.task == Task.RESOLVE,
                delivery.c.state == State.IN_FLIGHT,
                delivery.c.claimed_by != owner,
            ),
            limit,
        )

    async def overdue(self, now: datetime, limit: int) -> Sequence[tuple[History, State]]:
        """Return deliveries waiting in vain, with why: EXPIRED or SUPERSEDED."""
        found = await self._histories(lots.in_vain(now), limit)
        return [
            (history, State.SUPERSEDED if history.stopped else State.EXPIRED) for history in found
        ]

    async def told(self, alert_ids: Sequence[int], size: int) -> AsyncIterator[Sequence[Told]]:
        """Stream the deliveries of alerts whose recipients may have been told."""
        after = (0, 0)
        while rows := await self._database.read(
            partial(told.page, alert_ids=alert_ids, after=after, size=size)
        ):
            yield [told.told(row) for row in rows]
            after = (rows[-1].alert_id, rows[-1].id)

    async def last_told(
        self, alert_ids: Sequence[int], wanted: Collection[tuple[str, int]]
    ) -> Mapping[tuple[str, int], tuple[int, datetime]]:
        """Return the newest of alerts that addresses, by channel, may have been told of, and when.

        When is the moment at which the last news of it came.
        """
        keys = {dedupe_key(channel, found, None): (channel, found) for channel, found in wanted}
        statement = (
            select(delivery.c.dedupe_key, delivery.c.alert_id, delivery.c.changed_at)
            .where(
                delivery.c.alert_id.in_(alert_ids),
                delivery.c.dedupe_key.in_(list(keys)),
                delivery.c.told,
            )
            .order_by(delivery.c.alert_id)
        )
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return {keys[key]: (alert_id, at) for key, alert_id, at in rows}

    async def owed(self, now: datetime, limit: int) -> Mapping[int, Sequence[Told]]:
        """Return those found to have been told of what is over, by the alert that they lack."""
        found = await self._database.read(lambda c: told.owed(c, now, limit))
        return {by: [told.told(row) for row in rows] for by, rows in found.items()}

    async def counts(self, alert_id: int) -> Mapping[str, Mapping[str, int]]:
        """Return how many deliveries of an alert each channel has in each state."""
        return await self._counted(_COUNTS, alert_id)

    async def delayed(self, alert_id: int) -> Mapping[str, int]:
        """Return how many deliveries of an alert wait, by what delays them."""
        statement = (
            select(delivery.c.delayed_by, func.count())
            .where(*_is_delayed(alert_id))
            .group_by(delivery.c.delayed_by)
        )
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return {cause: number for cause, number in rows}

    async def delayed_until(self, alert_id: int) -> Mapping[str, datetime]:
        """Return when the last of those may go, by what delays them."""
        statement = (
            select(delivery.c.delayed_by, func.max(delivery.c.due_at))
            .where(*_is_delayed(alert_id), delivery.c.due_at.is_not(None))
            .group_by(delivery.c.delayed_by)
        )
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return {cause: due_at for cause, due_at in rows}

    async def notices(self, alert_id: int, ids: Collection[int]) -> Collection[int]:
        """Return which of an alert's deliveries are what offices are told beside the public."""
        statement = select(delivery.c.id).where(_OF_ALERT, _IS_ASIDE, delivery.c.id.in_(ids))
        given = {"of_alert": alert_id}
        return set(await self._database.read(lambda c: c.execute(statement, given).scalars().all()))

    async def aside_counts(self, alert_id: int) -> Mapping[str, Mapping[str, int]]:
        """Return the same of what offices were told beside the public."""
        return await self._counted(_ASIDE_COUNTS, alert_id)

    async def _counted(
        self, statement: Select[Any], alert_id: int
    ) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {}
        rows = await self._database.read(
            lambda c: c.execute(statement, {"of_alert": alert_id}).all()
        )
        for channel, state, number in rows:
            found.setdefault(channel, {})[state] = number
        return found

    async def page(
        self, alert_id: int, *, channel: str, state: str, after: int, limit: int
    ) -> Sequence[History]:
        """Return deliveries of an alert in the order of their ids, after one."""
        wanted = [delivery.c.alert_id == alert_id, delivery.c.id > after]
        wanted += [delivery.c.channel == channel] if channel else []
        wanted += [delivery.c.state == state] if state else []
        return await self._histories(and_(*wanted), limit, delivery.c.id)

    async def awaiting(self, alert_id: int, since: Mapping[str, datetime | None]) -> int:
        """Return how many deliveries are not settled.

        ``since`` maps a channel to the moment before which a missing receipt no longer
        counts as expected; None means that none ever is.
        """
        patient = [
            and_(delivery.c.channel == channel, delivery.c.changed_at > moment)
            for channel, moment in since.items()
            if moment is not None
        ]
        handed = delivery.c.state.in_([State.ACCEPTED, State.HANDED_OFF])
        unsettled = or_(delivery.c.task.is_not(None), and_(handed, or_(False, *patient)))
        statement = (
            select(func.count())
            .select_from(delivery)
            .where(delivery.c.alert_id == alert_id, unsettled)
        )
        return await self._database.read(lambda c: c.execute(statement).scalar_one())

    async def orphans(self) -> int:
        """Return how many pieces of evidence are about attempts that nobody knows."""
        return await self._database.read(lambda c: c.execute(orphans.COUNT).scalar_one())

    async def adopt(self, now: datetime, limit: int, judge: Callable[[History], Verdict]) -> int:
        """Apply what was kept aside about attempts that are known by now; return how much."""

        def work(connection: Connection) -> int:
            known = orphans.adopt(connection, now, limit)
            if known:
                self._apply(connection, known, now, judge)
            return len(known)

        return await self._database.write(work)

    async def _histories(
        self, wanted: ColumnElement[bool], limit: int, *order: ColumnElement[Any]
    ) -> Sequence[History]:
        return await self._database.read(lambda c: histories.some(c, wanted, limit, *order))
