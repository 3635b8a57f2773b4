"""The record of who did what: append-only, each entry holding the hash of the one before."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, insert, select

from warnbroker.contracts.clock import Clock
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.model.record import AuditEntry
from warnbroker.store.database import Database
from warnbroker.store.registers import audit

GENESIS = bytes(32)

_NEWEST = select(audit.c.sequence, audit.c.hash).order_by(audit.c.sequence.desc()).limit(1)
_PAGE = (
    select(audit)
    .where(audit.c.sequence > bindparam("after"))
    .order_by(audit.c.sequence)
    .limit(bindparam("at_most"))
)


class AuditTable:
    """Reads and appends entries."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def append(
        self, actor: Actor, event: Event, subject: str, detail: Mapping[str, object]
    ) -> None:
        """Add an entry in a transaction of its own."""
        now = self._clock.now()
        await self._database.write(lambda c: append(c, now, actor, event, subject, detail))

    async def entries(self, after: int = 0, limit: int = 1000) -> Sequence[AuditEntry]:
        """Return entries in order, after a sequence number."""
        position = {"after": after, "at_most": limit}
        rows = await self._database.read(lambda c: c.execute(_PAGE, position).all())
        return [
            AuditEntry(
                row.sequence,
                row.at,
                row.actor,
                row.event,
                row.subject,
                row.detail,
                row.origin,
                row.previous_hash,
                row.hash,
                row.signature,
            )
            for row in rows
        ]


def append(
    connection: Connection,
    at: datetime,
    actor: Actor,
    event: Event,
    subject: str,
    detail: Mapping[str, object],
) -> None:
    """Add an entry inside the caller's transaction."""
    last = connection.execute(_NEWEST).one_or_none()
    sequence, previous = (last.sequence + 1, last.hash) if last else (1, GENESIS)
    text = orjson.dumps(detail, option=orjson.OPT_SORT_KEYS).decode()
    connection.execute(
        insert(audit).values(
            sequence=sequence,
            at=at,
            actor=actor.name,
            origin=actor.origin,
            event=event,
            subject=subject,
            detail=text,
            previous_hash=previous,
            hash=entry_hash(
                previous, sequence, at, (actor.name, event, subject, text, actor.origin)
            ),
        )
    )


def entry_hash(previous: bytes, sequence: int, at: datetime, words: Sequence[str]) -> bytes:
    """Return SHA-256 over the previous hash and everything the entry says."""
    content = orjson.dumps([sequence, at.isoformat(), *words])
    return hashlib.sha256(previous + content).digest()
