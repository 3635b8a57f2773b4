"""Deliveries: planned, claimed, begun, given back; evidence is in ``evidence.py``."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from warnbroker.model.message import Message, MessageKind
from warnbroker.model.receipt import Evidence, State
from warnbroker.model.record import (
    ClaimedDelivery,
    History,
    PlannedDelivery,
    Task,
    Told,
    Verdict,
)
from warnbroker.store import evidence as evidence_rows
from warnbroker.store.cipher import AddressCipher
from warnbroker.store.database import Database
from warnbroker.store.statements import insert_new
from warnbroker.store.subscribers import candidate, candidates
from warnbroker.store.tables import address, alert, attempt, delivery, message, orphan


class DeliveryTable:
    """Reads and writes deliveries; every method is one transaction."""

    def __init__(self, database: Database, cipher: AddressCipher, ids: Iterator[int]) -> None:
        self._database = database
        self._cipher = cipher
        self._ids = ids

    async def messages(self, alert_id: int, rendered: Sequence[Message]) -> Sequence[Message]:
        """Keep the messages of an alert, unless it has some; return those it has."""
        async with self._database.writing() as connection:
            known = await _messages(connection, alert_id)
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
            await connection.execute(insert(message), rows)
        return rendered

    async def load_messages(self, alert_id: int) -> Sequence[Message]:
        """Return the messages of an alert."""
        async with self._database.reading() as connection:
            return await _messages(connection, alert_id)

    async def plan(
        self, alert_id: int, deliveries: Sequence[PlannedDelivery], now: datetime
    ) -> None:
        """Write deliveries; an address or target that an alert has on a channel stays as it is."""
        rows = [
            {
                "alert_id": alert_id,
                "id": item.id,
                "dedupe_key": dedupe_key(item.channel, item.address_id, item.target),
                "channel": item.channel,
                "subscriber_id": item.subscriber_id,
                "address_id": item.address_id,
                "target": item.target,
                "message_id": item.message.id,
                "rank": item.rank,
                "expires": item.expires,
                "state": State.QUEUED,
                "task": Task.SEND,
                "due_at": now,
                "changed_at": now,
            }
            for item in deliveries
        ]
        if rows:
            async with self._database.writing() as connection:
                await connection.execute(insert_new(connection, delivery), rows)

    async def claim(
        self, channel: str, owner: str, now: datetime, lease_until: datetime, limit: int, rank: int
    ) -> Sequence[ClaimedDelivery]:
        """Take deliveries that are due, gravest first, up to and including a rank."""
        wanted = (
            select(delivery.c.alert_id, delivery.c.id)
            .where(
                delivery.c.channel == channel,
                delivery.c.task == Task.SEND,
                delivery.c.rank <= rank,
                delivery.c.due_at <= now,
                delivery.c.expires > now,
                delivery.c.alert_id.not_in(_stopped_alerts()),
            )
            .order_by(delivery.c.rank, delivery.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        async with self._database.writing() as connection:
            keys = (await connection.execute(wanted)).all()
            if not keys:
                return ()
            chosen = _among([tuple(key) for key in keys])
            await connection.execute(
                update(delivery)
                .where(chosen)
                .values(state=State.CLAIMED, claimed_by=owner, due_at=lease_until, changed_at=now)
            )
            rows = (await connection.execute(_claimed().where(chosen))).all()
        return sorted((self._open(row) for row in rows), key=lambda item: (item.rank, item.id))

    async def claimed(self, alert_id: int, delivery_id: int) -> ClaimedDelivery | None:
        """Return a delivery with its address in clear."""
        statement = _claimed().where(delivery.c.alert_id == alert_id, delivery.c.id == delivery_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return self._open(row) if row is not None else None

    async def begin(
        self, claimed: Sequence[ClaimedDelivery], owner: str, now: datetime, answer_by: datetime
    ) -> Sequence[ClaimedDelivery]:
        """Commit one attempt for each that may still be sent, and return those."""
        async with self._database.writing() as connection:
            started = await connection.execute(
                update(delivery)
                .where(
                    _among([(item.alert_id, item.id) for item in claimed]),
                    delivery.c.claimed_by == owner,
                    delivery.c.state == State.CLAIMED,
                    delivery.c.expires > now,
                    delivery.c.alert_id.not_in(_stopped_alerts()),
                )
                .values(
                    state=State.IN_FLIGHT,
                    task=Task.RESOLVE,
                    due_at=answer_by,
                    attempts=delivery.c.attempts + 1,
                    told=True,
                    changed_at=now,
                )
                .returning(delivery.c.alert_id, delivery.c.id)
            )
            begun = {tuple(key) for key in started.all()}
            mine = [item for item in claimed if (item.alert_id, item.id) in begun]
            if mine:
                await connection.execute(
                    insert(attempt),
                    [
                        {
                            "alert_id": item.alert_id,
                            "delivery_id": item.id,
                            "number": item.attempts + 1,
                            "started_at": now,
                            "repeat": item.repeat,
                        }
                        for item in mine
                    ],
                )
        return mine

    async def release(self, claimed: Sequence[ClaimedDelivery], owner: str, now: datetime) -> None:
        """Give claimed deliveries back, unsent."""
        if claimed:
            keys = [(item.alert_id, item.id) for item in claimed]
            await self._free(and_(_among(keys), delivery.c.claimed_by == owner), now)

    async def take_back(self, owner: str, now: datetime) -> None:
        """Free what another, ended process had claimed and not begun."""
        await self._free(delivery.c.claimed_by != owner, now)

    async def apply(
        self, evidence: Sequence[Evidence], now: datetime, judge: Callable[[History], Verdict]
    ) -> None:
        """Add evidence and write the verdicts on the deliveries it touches, in one transaction."""
        async with self._database.writing() as connection:
            touched = await evidence_rows.add(connection, evidence, self._ids, now)
            found = await evidence_rows.histories(connection, touched)
            judged = [(history, judge(history)) for history in found]
            await evidence_rows.settle(connection, judged, now)
            await evidence_rows.note_handoffs(connection, {key[0] for key in touched}, now)

    async def to_resolve(self, now: datetime, limit: int) -> Sequence[History]:
        """Return deliveries whose outcome is due to be resolved."""
        return await self._histories(
            and_(delivery.c.task == Task.RESOLVE, delivery.c.due_at <= now), limit
        )

    async def interrupted(self, owner: str, limit: int) -> Sequence[History]:
        """Return deliveries that another, ended process left in flight."""
        return await self._histories(
            and_(delivery.c.state == State.IN_FLIGHT, delivery.c.claimed_by != owner), limit
        )

    async def overdue(self, now: datetime, limit: int) -> Sequence[tuple[History, State]]:
        """Return deliveries waiting in vain, with why: EXPIRED or SUPERSEDED."""
        vain = or_(delivery.c.expires <= now, delivery.c.alert_id.in_(_stopped_alerts()))
        found = await self._histories(and_(delivery.c.task == Task.SEND, vain), limit)
        return [
            (history, State.SUPERSEDED if history.stopped else State.EXPIRED) for history in found
        ]

    async def told(self, alert_ids: Sequence[int], size: int) -> AsyncIterator[Sequence[Told]]:
        """Stream the deliveries of alerts whose recipients may have been told."""
        people = candidates().subquery()
        statement = (
            select(delivery, message.c.language, people)
            .join(
                message,
                and_(
                    message.c.alert_id == delivery.c.alert_id, message.c.id == delivery.c.message_id
                ),
            )
            .outerjoin(people, people.c.subscriber_id == delivery.c.subscriber_id)
            .where(
                delivery.c.alert_id.in_(alert_ids),
                delivery.c.told,
                tuple_(delivery.c.alert_id, delivery.c.id)
                > tuple_(bindparam("alert"), bindparam("after")),
            )
            .order_by(delivery.c.alert_id, delivery.c.id)
            .limit(size)
        )
        position = {"alert": 0, "after": 0}
        while True:
            async with self._database.reading() as connection:
                rows = (await connection.execute(statement, position)).all()
            if rows:
                yield [_told(row) for row in rows]
                position = {"alert": rows[-1].alert_id, "after": rows[-1].id}
            if len(rows) < size:
                return

    async def counts(self, alert_id: int) -> Mapping[str, Mapping[str, int]]:
        """Return how many deliveries of an alert each channel has in each state."""
        statement = (
            select(delivery.c.channel, delivery.c.state, func.count())
            .where(delivery.c.alert_id == alert_id)
            .group_by(delivery.c.channel, delivery.c.state)
        )
        found: dict[str, dict[str, int]] = {}
        async with self._database.reading() as connection:
            for channel, state, number in (await connection.execute(statement)).all():
                found.setdefault(channel, {})[state] = number
        return found

    async def page(
        self, alert_id: int, *, channel: str, state: str, after: int, limit: int
    ) -> Sequence[History]:
        """Return deliveries of an alert in the order of their ids, after one."""
        wanted = [delivery.c.alert_id == alert_id, delivery.c.id > after]
        wanted += [delivery.c.channel == channel] if channel else []
        wanted += [delivery.c.state == state] if state else []
        return await self._histories(and_(*wanted), limit)

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
        async with self._database.reading() as connection:
            return (await connection.execute(statement)).scalar_one()

    async def orphans(self) -> int:
        """Return how many pieces of evidence are about attempts that nobody knows."""
        async with self._database.reading() as connection:
            statement = select(func.count()).select_from(orphan)
            return (await connection.execute(statement)).scalar_one()

    async def _free(self, wanted: Any, now: datetime) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(delivery)
                .where(wanted, delivery.c.state == State.CLAIMED)
                .values(state=State.QUEUED, claimed_by=None, due_at=now, changed_at=now)
            )

    async def _histories(self, wanted: Any, limit: int) -> Sequence[History]:
        keys = (
            select(delivery.c.alert_id, delivery.c.id)
            .where(wanted)
            .order_by(delivery.c.alert_id, delivery.c.id)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            found = [tuple(key) for key in (await connection.execute(keys)).all()]
            return await evidence_rows.histories(connection, found)

    def _open(self, row: Row[Any]) -> ClaimedDelivery:
        return ClaimedDelivery(
            alert_id=row.alert_id,
            alert=row.public_id,
            id=row.id,
            channel=row.channel,
            rank=row.rank,
            level=row.level,
            message_id=row.message_id,
            address=row.target or self._cipher.decrypt(row.ciphertext),
            expires=row.expires,
            attempts=row.attempts,
            repeat=row.told,
        )


def dedupe_key(channel: str, address_id: int | None, target: str | None) -> bytes:
    """Return the 16 bytes that tell one address or target on one channel from all others.

    An address row stands for one normalised address, so its id is enough.
    """
    text = f"{channel}\n{target}" if target is not None else f"{channel}\n{address_id}"
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _among(keys: Sequence[tuple[Any, ...]]) -> Any:
    return tuple_(delivery.c.alert_id, delivery.c.id).in_(keys)


def _stopped_alerts() -> Select[Any]:
    return select(alert.c.id).where(alert.c.stopped_at.is_not(None))


def _claimed() -> Select[Any]:
    return (
        select(delivery, alert.c.public_id, alert.c.level, address.c.ciphertext)
        .join(alert, alert.c.id == delivery.c.alert_id)
        .outerjoin(address, address.c.id == delivery.c.address_id)
    )


def _told(row: Row[Any]) -> Told:
    return Told(
        channel=row.channel,
        language=row.language,
        address_id=row.address_id,
        target=row.target,
        candidate=candidate(row) if row.wanted_language is not None else None,
    )


async def _messages(connection: AsyncConnection, alert_id: int) -> list[Message]:
    statement = select(message).where(message.c.alert_id == alert_id).order_by(message.c.id)
    return [
        Message(
            id=row.id,
            channel=row.channel,
            language=row.language,
            kind=MessageKind(row.kind),
            group=row.group_index,
            parts=row.parts,
        )
        for row in (await connection.execute(statement)).all()
    ]
