"""The record of who did what: append-only, each entry chained to the one before and signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.conduct import Standing
from warnbroker.errors import StoreError
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.model.record import AuditEntry, AuditFilter
from warnbroker.store.chain import GENESIS, entry_hash
from warnbroker.store.database import Database
from warnbroker.store.registers import audit
from warnbroker.store.signer import ENTRY, Signer

SIGNER = "audit_signer"
"""The option of a connection that holds what signs entries."""

_NEWEST = (
    select(audit.c.sequence, audit.c.at, audit.c.hash).order_by(audit.c.sequence.desc()).limit(1)
)
_NEWEST_SIGNED = (
    select(audit.c.event, audit.c.detail, audit.c.signature)
    .where(audit.c.signature.is_not(None))
    .order_by(audit.c.sequence.desc())
    .limit(1)
)
_STANDING = select(func.count(), func.max(audit.c.sequence))
_NEWEST_OF = (
    select(audit)
    .where(audit.c.event == bindparam("of_event"))
    .order_by(audit.c.sequence.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry."""

    sequence: int
    hash: bytes


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

    async def entries(
        self, after: int = 0, limit: int = 1000, wanted: AuditFilter | None = None
    ) -> Sequence[AuditEntry]:
        """Return entries in order, after a sequence number; ``wanted`` leaves some out."""
        statement = _page(after, limit, wanted or AuditFilter())
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return [_entry(row) for row in rows]

    async def latest(self, limit: int, wanted: AuditFilter) -> Sequence[AuditEntry]:
        """Return the last entries of those wanted, oldest first."""
        statement = _page(0, limit, wanted).order_by(None).order_by(audit.c.sequence.desc())
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return [_entry(row) for row in reversed(rows)]

    async def newest(self, event: Event) -> AuditEntry | None:
        """Return the newest entry of an event, None where there is none."""
        key = {"of_event": event}
        row = await self._database.read(lambda c: c.execute(_NEWEST_OF, key).one_or_none())
        return _entry(row) if row is not None else None

    async def head(self) -> Head | None:
        """Return the newest entry's place and hash, None where there is none."""
        row = await self._database.read(lambda c: c.execute(_NEWEST).one_or_none())
        return Head(row.sequence, row.hash) if row is not None else None

    async def standing(self) -> Standing:
        """Count the entries: where one is missing there are fewer than the last one's number."""
        row = await self._database.read(lambda c: c.execute(_STANDING).one())
        return Standing(row[0], row[1] or 0)

    async def hash_of(self, sequence: int) -> bytes | None:
        """Return the hash of an entry, None where it is missing."""
        wanted = select(audit.c.hash).where(audit.c.sequence == sequence)
        return await self._database.read(lambda c: c.execute(wanted).scalar_one_or_none())


def append(
    connection: Connection,
    at: datetime,
    actor: Actor,
    event: Event,
    subject: str,
    detail: Mapping[str, object],
) -> None:
    """Add an entry inside the caller's transaction.

    Times never run backwards: an entry is not dated before the one that it follows. Where
    the clock is behind that, the detail says as ``clock`` what it showed.

    Raises:
        StoreError: the database was opened without the key that signs the record.
    """
    signer = connection.get_execution_options().get(SIGNER)
    if not isinstance(signer, Signer):
        raise StoreError("the record cannot be written without the key that signs it")
    last = connection.execute(_NEWEST).one_or_none()
    sequence, previous = (last.sequence + 1, last.hash) if last else (1, GENESIS)
    moment = max(at, last.at) if last else at
    stated = {**detail, "clock": at.isoformat()} if moment > at else detail
    told = orjson.dumps(stated, option=orjson.OPT_SORT_KEYS).decode()
    words = (_plain(actor.name), str(event), _plain(subject), told, _plain(actor.origin))
    own = entry_hash(previous, sequence, moment, words)
    connection.execute(
        insert(audit).values(
            sequence=sequence,
            at=moment,
            actor=words[0],
            event=words[1],
            subject=words[2],
            detail=words[3],
            origin=words[4],
            previous_hash=previous,
            hash=own,
            signature=signer.sign(ENTRY, own),
        )
    )


def _plain(word: str) -> str:
    # A file's name may hold bytes that are no text.
    return word.encode(errors="backslashreplace").decode()


def newest_signed(connection: Connection) -> tuple[str, str, bytes] | None:
    """Return event, detail and signature of the newest entry that is signed, None without."""
    row = connection.execute(_NEWEST_SIGNED).one_or_none()
    return (row.event, row.detail, row.signature) if row is not None else None


def _page(after: int, limit: int, wanted: AuditFilter) -> Select[Any]:
    statement = select(audit).where(audit.c.sequence > after)
    for column, word in (
        (audit.c.event, wanted.event),
        (audit.c.subject, wanted.subject),
        (audit.c.actor, wanted.actor),
    ):
        if word:
            statement = statement.where(column == word)
    if wanted.since is not None:
        statement = statement.where(audit.c.at >= wanted.since)
    return statement.order_by(audit.c.sequence).limit(limit)


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
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
