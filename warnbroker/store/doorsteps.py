"""Lists of people to be told face to face: written whole, read with names in clear."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from warnbroker.contracts.doorsteps import Place
from warnbroker.model.actor import Actor
from warnbroker.model.doorstep import DESK, Door, DoorList, Holder, Visit
from warnbroker.model.enums import MsgType
from warnbroker.model.event import Event
from warnbroker.model.ladder import DOOR, Action
from warnbroker.model.receipt import AttemptKey
from warnbroker.model.record import Candidate
from warnbroker.store import addresses, audit, climbers, doors, visits
from warnbroker.store.cipher import AddressCipher
from warnbroker.store.database import Database
from warnbroker.store.ladder_tables import doorstep, doorstep_answer, doorstep_list
from warnbroker.store.ladders import settle
from warnbroker.store.statements import insert_new
from warnbroker.store.tables import Instant, alert, delivery, subscriber, subscriber_address

NUMBERS_LAST = timedelta(hours=48)
"""How long a holder's numbers grow before they begin at 1 again: they stand in text messages."""

_SIZE = (
    select(func.count())
    .where(doorstep.c.list_id == doorstep_list.c.id)
    .correlate(doorstep_list)
    .scalar_subquery()
)
_LISTS: Select[Any] = (
    select(
        doorstep_list, alert.c.public_id, alert.c.expires, alert.c.stopped_as, _SIZE.label("size")
    )
    .join(alert, alert.c.id == doorstep_list.c.alert_id)
    .order_by(doorstep_list.c.id)
)
_HOLDS = select(doorstep_list.c.id).where(doorstep_list.c.holder_id == subscriber.c.id).exists()
_HOLDERS = select(subscriber.c.id, subscriber.c.ref, subscriber.c.name, subscriber.c.language)


class DoorstepTable:
    """Reads and writes lists; every method is one transaction."""

    def __init__(self, database: Database, cipher: AddressCipher, ids: Iterator[int]) -> None:
        self._database = database
        self._cipher = cipher
        self._ids = ids

    async def open(
        self, alert_id: int, action: Action, places: Sequence[Place], outcome: str, now: datetime
    ) -> None:
        """Put people on lists, once each, and note that they wait no more; one transaction."""

        def work(connection: Connection) -> None:
            numbers = _lists(connection, alert_id, action, places, self._ids, now)
            _put(connection, alert_id, places, numbers, now)
            people = sorted({place.who.subscriber_id for place in places})
            visits.begin(connection, alert_id, people, self._ids, now)
            settle(connection, [place.who for place in places], 1, outcome)

        await self._database.write(work)

    async def untold(
        self, now: datetime, gather: timedelta, again: timedelta, limit: int
    ) -> Sequence[DoorList]:
        """Return lists whose holders have not been told of all of it, and should be by now."""
        wanted = and_(
            doorstep_list.c.holder_id != DESK,
            doorstep_list.c.told_of < _SIZE,
            or_(
                and_(doorstep_list.c.told_at.is_(None), doorstep_list.c.opened_at <= now - gather),
                doorstep_list.c.told_at <= now - again,
            ),
            alert.c.stopped_at.is_(None),
            alert.c.expires > now,
        )
        return await self._found(wanted, limit)

    async def over(self, limit: int) -> Sequence[DoorList]:
        """Return lists whose holders were told of them, and not that something ended them."""
        wanted = and_(doorstep_list.c.told_at < alert.c.stopped_at, alert.c.stopped_by.is_not(None))
        return await self._found(wanted, limit)

    async def told(self, found: DoorList, now: datetime) -> None:
        """Note that the holder is being told of a list as it is."""
        statement = (
            update(doorstep_list)
            .where(doorstep_list.c.id == found.id, doorstep_list.c.tellings == found.tellings)
            .values(told_at=now, told_of=found.size, tellings=found.tellings + 1)
        )
        await self._database.write(lambda c: c.execute(statement))

    async def lists(self, alert_id: int) -> Sequence[DoorList]:
        """Return the lists of an alert."""
        return await self._found(doorstep_list.c.alert_id == alert_id)

    async def find(self, list_id: int) -> DoorList | None:
        """Return a list."""
        return next(iter(await self._found(doorstep_list.c.id == list_id)), None)

    async def held(self, holder_id: int, since: datetime) -> Sequence[DoorList]:
        """Return somebody's lists that were opened after a moment, the newest first."""
        mine = and_(doorstep_list.c.holder_id == holder_id, doorstep_list.c.opened_at > since)
        return list(reversed(await self._found(mine)))

    async def _found(
        self, wanted: ColumnElement[bool], limit: int | None = None
    ) -> Sequence[DoorList]:
        statement = _LISTS.where(wanted).limit(limit)
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return [_list(row) for row in rows]

    async def doors(self, lists: Sequence[DoorList]) -> Sequence[Door]:
        """Return who is on lists, those who need it most first."""
        found = await self._database.read(lambda c: doors.of(c, lists, self._cipher))
        return sorted(found, key=lambda door: door.turn)

    async def holder(self, subscriber_id: int) -> Holder | None:
        """Return who somebody is that holds a list."""
        statement = _HOLDERS.where(subscriber.c.id == subscriber_id)
        row = await self._database.read(lambda c: c.execute(statement).one_or_none())
        return Holder(*row) if row else None

    async def holders_at(self, kind: str, address: str) -> Sequence[Holder]:
        """Return the holders of lists who have an address."""

        def work(connection: Connection) -> Sequence[Holder]:
            known = addresses.known(connection, self._cipher, [(kind, address)])
            statement = (
                _HOLDERS.join(
                    subscriber_address, subscriber_address.c.subscriber_id == subscriber.c.id
                )
                .where(subscriber_address.c.address_id.in_(known.values()), _HOLDS)
                .distinct()
            )
            return [Holder(*row) for row in connection.execute(statement).all()]

        return await self._database.read(work)

    async def people(self, subscriber_ids: Sequence[int]) -> Mapping[int, Candidate]:
        """Return subscribers by their ids."""
        return await self._database.read(lambda c: climbers.people_of(c, subscriber_ids))

    async def attempts(
        self, alert_id: int, subscriber_ids: Sequence[int]
    ) -> Mapping[int, AttemptKey]:
        """Return what stands for the visits to people, where evidence of them belongs."""
        statement = (
            select(delivery.c.subscriber_id, alert.c.public_id, delivery.c.id)
            .join(alert, alert.c.id == delivery.c.alert_id)
            .where(
                delivery.c.alert_id == alert_id,
                delivery.c.channel == DOOR,
                delivery.c.subscriber_id.in_(subscriber_ids),
            )
        )
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return {row[0]: AttemptKey(row[1], row[2], 1) for row in rows}

    async def answer(
        self, alert_id: int, given: Sequence[Visit], *, via: str, actor: Actor, at: datetime
    ) -> int:
        """Keep answers with their entry in the record; return how many are new."""
        rows = [
            {
                "alert_id": alert_id,
                "subscriber_id": visit.subscriber_id,
                "ref": visit.ref,
                "id": next(self._ids),
                "answer": visit.answer,
                "by": actor.name,
                "via": via,
                "at": at,
            }
            for visit in given
        ]

        def work(connection: Connection) -> int:
            new = 0
            for row in rows:
                new += connection.execute(insert_new(connection, doorstep_answer), row).rowcount
            if new:
                subject = connection.execute(
                    select(alert.c.public_id).where(alert.c.id == alert_id)
                ).scalar_one()
                counts = {"via": via, "answers": new}
                audit.append(connection, at, actor, Event.LIST_ANSWERED, subject, counts)
            return new

        return await self._database.write(work) if rows else 0


def _list(row: Row[Any]) -> DoorList:
    return DoorList(
        id=row.id,
        alert_id=row.alert_id,
        alert=row.public_id,
        action=Action(row.action),
        number=row.number,
        holder_id=row.holder_id,
        opened_at=row.opened_at,
        size=row.size,
        told_of=row.told_of,
        tellings=row.tellings,
        expires=row.expires,
        stopped_as=MsgType(row.stopped_as) if row.stopped_as else None,
    )


def _lists(
    connection: Connection,
    alert_id: int,
    action: Action,
    places: Sequence[Place],
    ids: Iterator[int],
    now: datetime,
) -> Mapping[int, int]:
    """Return the lists of the holders, by holder; open those that are new."""
    mine = and_(doorstep_list.c.alert_id == alert_id, doorstep_list.c.action == action)
    known = select(doorstep_list.c.holder_id, doorstep_list.c.id).where(mine)
    found = {row[0]: row[1] for row in connection.execute(known).all()}
    last = connection.execute(
        select(func.coalesce(func.max(doorstep_list.c.number), 0)).where(
            doorstep_list.c.alert_id == alert_id
        )
    ).scalar_one()
    new = sorted({place.holder_id for place in places} - set(found))
    opened = {holder: next(ids) for holder in new}
    rows = [
        {
            "id": opened[holder],
            "alert_id": alert_id,
            "action": action,
            "number": number,
            "holder_id": holder,
            "opened_at": now,
        }
        for number, holder in enumerate(new, last + 1)
    ]
    if rows:
        connection.execute(insert(doorstep_list), rows)
    return found | opened


def _put(
    connection: Connection,
    alert_id: int,
    places: Sequence[Place],
    lists: Mapping[int, int],
    now: datetime,
) -> None:
    there = _there(connection, [lists[place.holder_id] for place in places])
    last = _last_numbers(connection, lists, now)
    rows = []
    for place in places:
        list_id = lists[place.holder_id]
        if (list_id, place.who.subscriber_id) in there:
            continue
        last[place.holder_id] = last.get(place.holder_id, 0) + 1
        rows.append(
            {
                "list_id": list_id,
                "number": last[place.holder_id],
                "alert_id": alert_id,
                "subscriber_id": place.who.subscriber_id,
                "region": place.who.region,
                "at": now,
            }
        )
    if rows:
        connection.execute(insert(doorstep), rows)


def _there(connection: Connection, lists: Sequence[int]) -> set[tuple[int, int]]:
    statement = select(doorstep.c.list_id, doorstep.c.subscriber_id).where(
        doorstep.c.list_id.in_(set(lists))
    )
    return {(row[0], row[1]) for row in connection.execute(statement).all()}


def _last_numbers(
    connection: Connection, lists: Mapping[int, int], now: datetime
) -> dict[int, int]:
    """Return the highest number that each holder has on any list that may be in their hands."""
    statement = (
        select(doorstep_list.c.holder_id, func.max(doorstep.c.number))
        .join(doorstep, doorstep.c.list_id == doorstep_list.c.id)
        .where(
            doorstep_list.c.holder_id.in_(lists),
            or_(
                doorstep_list.c.opened_at > bindparam("since", type_=Instant),
                doorstep_list.c.id.in_(lists.values()),
            ),
        )
        .group_by(doorstep_list.c.holder_id)
    )
    rows = connection.execute(statement, {"since": now - NUMBERS_LAST}).all()
    return {row[0]: row[1] for row in rows}
