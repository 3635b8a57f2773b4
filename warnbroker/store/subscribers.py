"""Subscribers: written in batches, read as a stream by place."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select

from warnbroker.contracts.enrolment import Enrolment
from warnbroker.model.record import Candidate
from warnbroker.model.subscriber import AddressKind, Subscriber
from warnbroker.store import addresses, enrolments, places
from warnbroker.store.candidates import candidate, candidates
from warnbroker.store.cipher import AddressCipher
from warnbroker.store.database import Database
from warnbroker.store.places import Walk
from warnbroker.store.statements import upsert
from warnbroker.store.tables import address, subscriber, subscriber_address, subscriber_region

Placed = tuple[Subscriber, int | None]
"""A subscriber and the cell of their position."""

_FIRST_PAGE = 50
_SMALL_PAGES = 4
_REPLACED = tuple(column.name for column in subscriber.c if column.name not in {"id", "ref"})
_PAGE = (
    candidates()
    .where(subscriber.c.id > bindparam("after"))
    .order_by(subscriber.c.id)
    .limit(bindparam("at_most"))
)
_SEALED = select(address.c.id, address.c.ciphertext).where(
    address.c.id.in_(bindparam("ids", expanding=True))
)
_ROWS = select(subscriber).where(subscriber.c.id.in_(bindparam("ids", expanding=True)))
_COUNT = select(func.count()).select_from(subscriber)
_BY_REF = candidates().where(subscriber.c.ref.in_(bindparam("refs", expanding=True)))
_BY_ROLE = (
    candidates()
    .where(subscriber.c.role == bindparam("of_role"), subscriber.c.id > bindparam("after"))
    .order_by(subscriber.c.id)
    .limit(bindparam("at_most"))
)


class SubscriberTable:
    """Reads and writes subscribers."""

    def __init__(self, database: Database, cipher: AddressCipher, ids: Iterator[int]) -> None:
        self._database = database
        self._cipher = cipher
        self._ids = ids

    async def write(self, placed: Sequence[Placed]) -> None:
        """Add subscribers, or change those whose ``ref`` is known; all of them, or none.

        Of the addresses that a channel has brought those that a person does not state stay.
        """
        # Of two rows with one ref in a batch the later counts, as it would across batches.
        latest = {person.ref: (person, cell) for person, cell in placed}
        rows = [_row(next(self._ids), person, cell) for person, cell in latest.values()]
        new = {
            (str(kind), text): next(self._ids)
            for person, _ in latest.values()
            for kind, text in person.addresses.items()
        }

        def work(connection: Connection) -> None:
            connection.execute(upsert(connection, subscriber, "ref", _REPLACED), rows)
            found = select(subscriber.c.ref, subscriber.c.id).where(subscriber.c.ref.in_(latest))
            ids = {ref: known for ref, known in connection.execute(found).all()}
            people = {ids[ref]: person for ref, (person, _) in latest.items()}
            _write_addresses(connection, people, addresses.keep(connection, self._cipher, new))
            _write_regions(connection, people)

        if rows:
            await self._database.write(work)

    async def count(self) -> int:
        """Return how many subscribers there are."""
        return await self._database.read(lambda c: c.execute(_COUNT).scalar_one())

    async def by_cells(
        self, spans: Sequence[tuple[int, int]], size: int
    ) -> AsyncIterator[Sequence[Candidate]]:
        """Stream subscribers whose position lies in runs of cells."""
        async for page in self._walk(places.by_cells(spans), size):
            yield page

    async def by_regions(
        self, codes: Sequence[str], size: int
    ) -> AsyncIterator[Sequence[Candidate]]:
        """Stream subscribers without a position who belong to one of the regions."""
        async for page in self._walk(places.by_regions(codes), size):
            yield page

    async def by_refs(self, refs: Sequence[str], size: int) -> AsyncIterator[Sequence[Candidate]]:
        """Stream the subscribers of those keys that are known."""
        wanted = sorted(set(refs))
        for start in range(0, len(wanted), size):
            some = {"refs": wanted[start : start + size]}
            rows = await self._database.read(partial(_all, statement=_BY_REF, given=some))
            if rows:
                yield [candidate(row) for row in rows]

    async def by_roles(self, roles: Sequence[str], size: int) -> AsyncIterator[Sequence[Candidate]]:
        """Stream the subscribers of any of the roles."""
        for role in sorted(set(roles)):
            given = {"of_role": role, "after": -1, "at_most": size}
            while rows := await self._database.read(
                partial(_all, statement=_BY_ROLE, given=dict(given))
            ):
                yield [candidate(row) for row in rows]
                given["after"] = rows[-1].subscriber_id

    async def address_ids(
        self, wanted: Collection[addresses.KindAndAddress]
    ) -> Mapping[addresses.KindAndAddress, int]:
        """Return the ids of those addresses that the ledger has."""
        return await self._database.read(lambda c: addresses.known(c, self._cipher, wanted))

    async def enrol(self, enrolment: Enrolment, cell: int | None, now: datetime) -> None:
        """Take in somebody who subscribes by themselves; the audit entry with it."""
        new = (next(self._ids), next(self._ids))
        await self._database.write(
            lambda c: enrolments.enrol(c, self._cipher, enrolment, cell, new, now)
        )

    async def forget(self, kind: str, text: str, now: datetime) -> None:
        """Remove an address from all who have it, and those who then have none."""
        await self._database.write(lambda c: enrolments.forget(c, self._cipher, kind, text, now))

    async def export(self, size: int = 1000) -> AsyncIterator[Sequence[Subscriber]]:
        """Stream every subscriber with addresses in clear."""
        after = -1
        while page := await self._database.read(partial(self._page, after=after, size=size)):
            yield [person for _, person in page]
            after = page[-1][0]

    async def _walk(self, walk: Walk, size: int) -> AsyncIterator[Sequence[Candidate]]:
        # Each page is a short read of its own, so that a long stream never holds a writer up.
        sizes = _sizes(size)
        while walk.pieces:
            rows = await self._database.read(partial(walk.page, size=next(sizes)))
            if rows:
                yield [candidate(row) for row in rows]

    def _page(
        self, connection: Connection, after: int, size: int
    ) -> Sequence[tuple[int, Subscriber]]:
        found = connection.execute(_PAGE, {"after": after, "at_most": size}).all()
        page = [candidate(row) for row in found]
        ids = [known for item in page for known in item.addresses.values()]
        sealed = connection.execute(_SEALED, {"ids": ids}).all()
        clear = {known: self._cipher.decrypt(text) for known, text in sealed}
        wanted = {"ids": [item.subscriber_id for item in page]}
        rows = {row.id: row for row in connection.execute(_ROWS, wanted).all()}
        return [
            (item.subscriber_id, _subscriber(rows[item.subscriber_id], item, clear))
            for item in page
        ]


def _sizes(most: int) -> Iterator[int]:
    """Yield the sizes of pages: the first few are small, for the first message waits for those."""
    size = min(most, _FIRST_PAGE)
    yield from repeat(size, _SMALL_PAGES)
    while True:
        size = min(most, 2 * size)
        yield size


def _all(
    connection: Connection, statement: Select[Any], given: Mapping[str, object]
) -> Sequence[Row[Any]]:
    return connection.execute(statement, given).all()


def _write_addresses(
    connection: Connection,
    people: Mapping[int, Subscriber],
    known: Mapping[addresses.KindAndAddress, int],
) -> None:
    connection.execute(
        delete(subscriber_address).where(
            subscriber_address.c.subscriber_id.in_(people),
            subscriber_address.c.kind.in_(list(AddressKind)),
        )
    )
    rows = [
        {"subscriber_id": found, "kind": str(kind), "address_id": known[str(kind), text]}
        for found, person in people.items()
        for kind, text in person.addresses.items()
    ]
    if rows:
        keys = ("subscriber_id", "kind")
        connection.execute(upsert(connection, subscriber_address, keys, ("address_id",)), rows)


def _write_regions(connection: Connection, people: Mapping[int, Subscriber]) -> None:
    connection.execute(
        delete(subscriber_region).where(subscriber_region.c.subscriber_id.in_(people))
    )
    rows = [
        {"subscriber_id": found, "region_code": code}
        for found, person in people.items()
        for code in set(person.regions)
    ]
    if rows:
        connection.execute(insert(subscriber_region), rows)


def _row(new_id: int, person: Subscriber, cell: int | None) -> dict[str, Any]:
    lat, lon = person.position or (None, None)
    return {
        "id": new_id,
        "ref": person.ref,
        "name": person.name,
        "language": person.language,
        "lat": lat,
        "lon": lon,
        "cell": cell,
        "min_level": person.min_level,
        "categories": ";".join(person.categories),
        "channels": ";".join(person.channels),
        "quiet_hours": person.quiet_hours,
        "role": person.role,
        "drills": person.drills,
    }


def _subscriber(row: Row[Any], item: Candidate, clear: dict[int, str]) -> Subscriber:
    return Subscriber(
        ref=row.ref,
        addresses={kind: clear[found] for kind, found in item.addresses.items()},
        name=row.name,
        language=row.language,
        regions=tuple(sorted(item.regions)),
        position=item.position,
        min_level=row.min_level,
        categories=tuple(sorted(item.categories)),
        channels=tuple(sorted(item.channels)),
        quiet_hours=row.quiet_hours,
        role=row.role,
        drills=row.drills,
    )
