"""The record of who did what: append-only, each entry holding the hash of the one before."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from warnbroker.contracts.clock import Clock
from warnbroker.model.event import Event
from warnbroker.model.record import AuditEntry
from warnbroker.store.database import Database
from warnbroker.store.tables import audit

GENESIS = bytes(32)


class AuditTable:
    """Reads and appends entries."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def append(
        self, actor: str, event: Event, subject: str, detail: Mapping[str, object]
    ) -> None:
        """Add an entry in a transaction of its own."""
        async with self._database.writing() as connection:
            await append(connection, self._clock.now(), actor, event, subject, detail)

    async def entries(self, after: int = 0, limit: int = 1000) -> Sequence[AuditEntry]:
        """Return entries in order, after a sequence number."""
        statement = (
            select(audit).where(audit.c.sequence > after).order_by(audit.c.sequence).limit(limit)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return [
            AuditEntry(row.sequence, row.at, row.actor, row.event, row.subject, row.detail)
            for row in rows
        ]


async def append(
    connection: AsyncConnection,
    at: datetime,
    actor: str,
    event: Event,
    subject: str,
    detail: Mapping[str, object],
) -> None:
    """Add an entry inside the caller's transaction."""
    newest = select(audit.c.sequence, audit.c.hash).order_by(audit.c.sequence.desc()).limit(1)
    last = (await connection.execute(newest)).one_or_none()
    sequence, previous = (last.sequence + 1, last.hash) if last else (1, GENESIS)
    text = orjson.dumps(detail, option=orjson.OPT_SORT_KEYS).decode()
    await connection.execute(
        insert(audit).values(
            sequence=sequence,
            at=at,
            actor=actor,
            event=event,
            subject=subject,
            detail=text,
            previous_hash=previous,
            hash=entry_hash(previous, sequence, at, (actor, event, subject, text)),
        )
    )


def entry_hash(previous: bytes, sequence: int, at: datetime, words: tuple[str, ...]) -> bytes:
    """Return SHA-256 over the previous hash and everything the entry says."""
    content = orjson.dumps([sequence, at.isoformat(), *words])
    return hashlib.sha256(previous + content).digest()
