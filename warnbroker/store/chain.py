"""The chain of entries: what the hash of one covers, and its rows as they lie in the database."""

import hashlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, text

from warnbroker.store.database import Database

PAGE = 1000
GENESIS = bytes(32)
"""What stands for the hash before the first entry."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORDS = ("actor", "event", "subject", "detail", "origin")
_TEXTS = "texttexttexttext"


def entry_hash(previous: bytes, sequence: int, at: datetime, words: Sequence[str]) -> bytes:
    """Return SHA-256 over the previous hash and everything the entry says."""
    content = orjson.dumps([sequence, at.isoformat(), *words])
    return hashlib.sha256(previous + content).digest()


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it lies in the database: anything may be in it if somebody meddled.

    ``words`` are actor, event, subject and detail, then the origin unless the entry is of
    release 0.1; None where they are no texts. ``at`` is None where it is no instant.
    """

    sequence: object
    at: datetime | None
    words: tuple[str, ...] | None
    previous_hash: object
    hash: object
    signature: object

    @property
    def is_old(self) -> bool:
        """Say whether it is in the form of release 0.1, which signed nothing."""
        return self.words is not None and len(self.words) == len(_WORDS) - 1

    def hashed(self, sequence: int, previous: bytes) -> bytes | None:
        """Return the hash it would have at a place after a hash; None if it has none."""
        if self.at is None or self.words is None:
            return None
        return entry_hash(previous, sequence, self.at, self.words)


@dataclass(frozen=True, slots=True)
class State:
    """The last entry that is whole, and whether entries are signed by now."""

    sequence: int = 0
    hash: bytes = GENESIS
    at: datetime = _EPOCH
    signed: bool = False


async def pages(database: Database, after: int | None = None) -> AsyncIterator[Sequence[Row]]:
    """Stream rows in the order of their numbers, after one; each page is a short read."""
    while True:
        page = await database.read(partial(rows, after=after, limit=PAGE))
        if page:
            yield page
        last = page[-1].sequence if page else None
        if not isinstance(last, int):
            return
        after = last


def rows(connection: Connection, after: int | None, limit: int) -> Sequence[Row]:
    """Return rows in the order of their numbers, after one; None: from the very first."""
    wanted = {"at_most": limit} | ({} if after is None else {"after": after})
    where = "" if after is None else "WHERE sequence > :after "
    statement = _statement(connection.dialect.name, where, "LIMIT :at_most")
    return [_row(values) for values in connection.execute(text(statement), wanted).all()]


def rows_of(
    connection: Connection, after: int, limit: int, events: Collection[str]
) -> Sequence[Row]:
    """Return rows of some events in the order of their numbers, after one."""
    where = "WHERE sequence > :after AND event IN :events "
    statement = text(_statement(connection.dialect.name, where, "LIMIT :at_most"))
    wanted = {"after": after, "at_most": limit, "events": list(events)}
    found = connection.execute(statement.bindparams(_EVENTS), wanted)
    return [_row(values) for values in found.all()]


def rows_about(
    connection: Connection, subjects: Collection[str], events: Collection[str]
) -> Sequence[Row]:
    """Return all rows of some events about some subjects, in the order of their numbers."""
    where = "WHERE subject IN :subjects AND event IN :events "
    statement = text(_statement(connection.dialect.name, where, ""))
    wanted = {"subjects": list(subjects), "events": list(events)}
    found = connection.execute(statement.bindparams(_SUBJECTS, _EVENTS), wanted)
    return [_row(values) for values in found.all()]


_EVENTS: Any = bindparam("events", expanding=True)
_SUBJECTS: Any = bindparam("subjects", expanding=True)


def _statement(dialect: str, where: str, limit: str) -> str:
    # Bytes, since SQLite's driver gives up at a text that is no longer UTF-8.
    plain = dialect != "sqlite"
    columns = [name if plain else f"CAST({name} AS BLOB)" for name in _WORDS]
    kinds = f"'{_TEXTS}'" if plain else " || ".join(f"typeof({name})" for name in _WORDS[:-1])
    return (
        f"SELECT sequence, at, {', '.join(columns)}, previous_hash, hash, signature, {kinds} "  # noqa: S608  nothing in it is a value
        f"FROM audit {where}ORDER BY sequence {limit}"
    )


def _row(values: Sequence[object]) -> Row:
    sequence, at, *words, previous, own, signature, kinds = values
    told = words[:-1] if words[-1] is None else words
    decoded = [_decoded(word) for word in told]
    sound = kinds == _TEXTS and None not in decoded
    return Row(
        sequence=sequence,
        at=_instant(at),
        words=tuple(word for word in decoded if word is not None) if sound else None,
        previous_hash=_bytes(previous),
        hash=_bytes(own),
        signature=_bytes(signature),
    )


def _decoded(word: object) -> str | None:
    if isinstance(word, str):
        return word
    try:
        return bytes(word).decode() if isinstance(word, bytes) else None
    except UnicodeDecodeError:
        return None


def _bytes(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def _instant(value: object) -> datetime | None:
    if not isinstance(value, int):
        return None
    try:
        return _EPOCH + timedelta(microseconds=value)
    except OverflowError:
        return None
