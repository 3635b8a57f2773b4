"""Subscribers: written in batches, read as a stream by place."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from warnbroker.model.enums import Category
from warnbroker.model.record import Candidate
from warnbroker.model.subscriber import AddressKind, Subscriber
from warnbroker.store import addresses
from warnbroker.store.cipher import AddressCipher
from warnbroker.store.database import Database
from warnbroker.store.statements import upsert
from warnbroker.store.tables import address, subscriber, subscriber_address, subscriber_region

Placed = tuple[Subscriber, int | None]
"""A subscriber and the cell of their position."""

_SPANS_AT_ONCE = 64
_REPLACED = tuple(column.name for column in subscriber.c if column.name not in {"id", "ref"})


class SubscriberTable:
    """Reads and writes subscribers."""

    def __init__(self, database: Database, cipher: AddressCipher, ids: Iterator[int]) -> None:
        self._database = database
        self._cipher = cipher
        self._ids = ids

    async def write(self, placed: Sequence[Placed]) -> None:
        """Add subscribers, or change those whose ``ref`` is known; all of them, or none."""
        # Of two rows with one ref in a batch the later counts, as it would across batches.
        latest = {person.ref: (person, cell) for person, cell in placed}
        async with self._database.writing() as connection:
            rows = [self._row(person, cell) for person, cell in latest.values()]
            await connection.execute(upsert(connection, subscriber, "ref", _REPLACED), rows)
            found = select(subscriber.c.ref, subscriber.c.id).where(subscriber.c.ref.in_(latest))
            ids = {ref: known for ref, known in (await connection.execute(found)).all()}
            people = [(ids[ref], person) for ref, (person, _) in latest.items()]
            await self._write_addresses(connection, people)
            await _write_regions(connection, people)

    async def count(self) -> int:
        """Return how many subscribers there are."""
        async with self._database.reading() as connection:
            statement = select(func.count()).select_from(subscriber)
            return (await connection.execute(statement)).scalar_one()

    async def by_cells(
        self, spans: Sequence[tuple[int, int]], size: int
    ) -> AsyncIterator[Sequence[Candidate]]:
        """Stream subscribers whose position lies in runs of cells."""
        for start in range(0, len(spans), _SPANS_AT_ONCE):
            some = spans[start : start + _SPANS_AT_ONCE]
            wanted = or_(*(subscriber.c.cell.between(low, high) for low, high in some))
            async for page in self._pages(candidates().where(wanted), size):
                yield page

    async def by_regions(
        self, codes: Sequence[str], size: int
    ) -> AsyncIterator[Sequence[Candidate]]:
        """Stream subscribers without a position who belong to one of the regions."""
        if not codes:
            return
        members = select(subscriber_region.c.subscriber_id).where(
            subscriber_region.c.region_code.in_(codes)
        )
        wanted = and_(subscriber.c.cell.is_(None), subscriber.c.id.in_(members))
        async for page in self._pages(candidates().where(wanted), size):
            yield page

    async def export(self, size: int = 1000) -> AsyncIterator[Sequence[Subscriber]]:
        """Stream every subscriber with addresses in clear."""
        async for page in self._pages(candidates(), size):
            async with self._database.reading() as connection:
                yield await self._in_clear(connection, page)

    async def _pages(self, statement: Select[Any], size: int) -> AsyncIterator[Sequence[Candidate]]:
        # Each page is a short read of its own, so that a long stream never holds a writer up.
        after = -1
        paged = statement.where(subscriber.c.id > bindparam("after")).order_by(subscriber.c.id)
        while True:
            async with self._database.reading() as connection:
                rows = (await connection.execute(paged.limit(size), {"after": after})).all()
            if rows:
                yield [candidate(row) for row in rows]
                after = rows[-1].subscriber_id
            if len(rows) < size:
                return

    def _row(self, person: Subscriber, cell: int | None) -> dict[str, Any]:
        lat, lon = person.position or (None, None)
        return {
            "id": next(self._ids),
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

    async def _write_addresses(
        self, connection: AsyncConnection, people: Sequence[tuple[int, Subscriber]]
    ) -> None:
        wanted = [(kind.value, text) for _, p in people for kind, text in p.addresses.items()]
        known = await addresses.keep(connection, self._cipher, self._ids, wanted)
        mine = subscriber_address.c.subscriber_id.in_([found for found, _ in people])
        await connection.execute(delete(subscriber_address).where(mine))
        rows = [
            {"subscriber_id": found, "kind": kind.value, "address_id": known[kind.value, text]}
            for found, person in people
            for kind, text in person.addresses.items()
        ]
        if rows:
            await connection.execute(insert(subscriber_address), rows)

    async def _in_clear(
        self, connection: AsyncConnection, page: Sequence[Candidate]
    ) -> Sequence[Subscriber]:
        ids = [found for item in page for found in item.addresses.values()]
        sealed = select(address.c.id, address.c.ciphertext).where(address.c.id.in_(ids))
        clear = {
            found: self._cipher.decrypt(text) for found, text in await connection.execute(sealed)
        }
        wanted = subscriber.c.id.in_([item.subscriber_id for item in page])
        rows = {row.id: row for row in await connection.execute(select(subscriber).where(wanted))}
        return [_subscriber(rows[item.subscriber_id], item, clear) for item in page]


async def _write_regions(
    connection: AsyncConnection, people: Sequence[tuple[int, Subscriber]]
) -> None:
    mine = subscriber_region.c.subscriber_id.in_([found for found, _ in people])
    await connection.execute(delete(subscriber_region).where(mine))
    rows = [
        {"subscriber_id": found, "region_code": code}
        for found, person in people
        for code in set(person.regions)
    ]
    if rows:
        await connection.execute(insert(subscriber_region), rows)


def candidates() -> Select[Any]:
    """Select subscribers with their regions and the ids of their addresses, a row each."""

    def address_of(kind: AddressKind) -> Any:
        return (
            select(subscriber_address.c.address_id)
            .where(
                subscriber_address.c.subscriber_id == subscriber.c.id,
                subscriber_address.c.kind == kind.value,
            )
            .scalar_subquery()
            .label(f"address_{kind.value}")
        )

    regions = (
        select(func.aggregate_strings(subscriber_region.c.region_code, ";"))
        .where(subscriber_region.c.subscriber_id == subscriber.c.id)
        .scalar_subquery()
        .label("regions")
    )
    return select(
        subscriber.c.id.label("subscriber_id"),
        subscriber.c.language.label("wanted_language"),
        subscriber.c.lat,
        subscriber.c.lon,
        subscriber.c.min_level,
        subscriber.c.categories,
        subscriber.c.channels,
        regions,
        *(address_of(kind) for kind in AddressKind),
    )


def candidate(row: Row[Any]) -> Candidate:
    """Build a candidate from a row of ``candidates``."""
    by_kind = {kind: getattr(row, f"address_{kind.value}") for kind in AddressKind}
    return Candidate(
        subscriber_id=row.subscriber_id,
        language=row.wanted_language,
        position=None if row.lat is None else (row.lat, row.lon),
        regions=frozenset(row.regions.split(";")) if row.regions else frozenset(),
        min_level=row.min_level,
        categories=frozenset(Category(item) for item in row.categories.split(";") if item),
        channels=frozenset(item for item in row.channels.split(";") if item),
        addresses={kind: found for kind, found in by_kind.items() if found is not None},
    )


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
