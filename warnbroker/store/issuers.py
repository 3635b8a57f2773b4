"""Issuers and their keys; a key is kept only as a hash."""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, LargeBinary, Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from warnbroker.contracts.clock import Clock
from warnbroker.errors import ConflictError, NotFoundError
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.model.record import IssuerRecord
from warnbroker.store import audit
from warnbroker.store.database import Database
from warnbroker.store.tables import Instant, authority, issuer

KEY_PREFIX = "wbk_"

_ALL = select(issuer).order_by(issuer.c.name)
_BY_ID = select(issuer).where(issuer.c.id == bindparam("of_id"))
_BY_KEY = select(issuer).where(
    issuer.c.key_hash == bindparam("of_hash"), issuer.c.revoked_at.is_(None)
)
_AUTHORITY = select(authority.c.id).where(authority.c.code == bindparam("of_code"))
_NAMED = select(issuer.c.id).where(issuer.c.name == bindparam("of_name"))
_REVOKE = (
    update(issuer)
    .where(issuer.c.name == bindparam("of_name"), issuer.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at_now", type_=Instant))
)

_RENEW = (
    update(issuer)
    .where(issuer.c.name == bindparam("of_name"), issuer.c.revoked_at.is_(None))
    .values(
        key_hash=bindparam("new_hash", type_=LargeBinary),
        expires_at=bindparam("new_end", type_=Instant),
    )
)


def key_hash(key: str) -> bytes:
    """Return what a key is found by; a key is 256 random bits, so one hash is enough."""
    return hashlib.sha256(key.encode()).digest()


class IssuerTable:
    """Reads and writes issuers."""

    def __init__(self, database: Database, clock: Clock, ids: Iterator[int]) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def authority(self, code: str) -> int:
        """Return the id of an authority; make it when it is new."""
        new_id = next(self._ids)

        def work(connection: Connection) -> int:
            found = connection.execute(_AUTHORITY, {"of_code": code}).scalar_one_or_none()
            if found is None:
                connection.execute(insert(authority), {"id": new_id, "code": code})
            return new_id if found is None else found

        return await self._database.write(work)

    async def add(self, record: IssuerRecord, *, actor: Actor) -> str:
        """Write an issuer and return its key, which is shown this once.

        Raises:
            ConflictError: the name is taken.
        """
        key = _new_key()
        now = self._clock.now()

        def work(connection: Connection) -> None:
            _write(connection, record, key)
            audit.append(connection, now, actor, Event.ISSUER_ADDED, record.name, _granted(record))

        await self._database.write(work)
        return key

    async def renew(self, name: str, *, expires_at: datetime | None, actor: Actor) -> str:
        """Give an issuer a new key, shown this once; the old one is useless at once.

        ``expires_at`` is when the new key ends, None for never.

        Raises:
            NotFoundError: there is no such issuer, or its key was revoked.
        """
        key = _new_key()
        now = self._clock.now()
        changed = {"of_name": name, "new_hash": key_hash(key), "new_end": expires_at}

        def work(connection: Connection) -> None:
            if not connection.execute(_RENEW, changed).rowcount:
                raise NotFoundError(f"no issuer called {name!r} has a key that may be renewed")
            audit.append(
                connection, now, actor, Event.ISSUER_RENEWED, name,
                {"expires": _moment(expires_at)},
            )  # fmt: skip

        await self._database.write(work)
        return key

    async def revoke(self, name: str, *, actor: Actor) -> None:
        """Make an issuer's key useless.

        Raises:
            NotFoundError: no such issuer has a valid key.
        """
        now = self._clock.now()

        def work(connection: Connection) -> None:
            if not connection.execute(_REVOKE, {"of_name": name, "at_now": now}).rowcount:
                raise NotFoundError(f"no issuer called {name!r} has a valid key")
            audit.append(connection, now, actor, Event.ISSUER_REVOKED, name, {})

        await self._database.write(work)

    async def all(self) -> Sequence[IssuerRecord]:
        """Return every issuer, by name."""
        rows = await self._database.read(lambda c: c.execute(_ALL).all())
        return [_record(row) for row in rows]

    async def by_key(self, key: str) -> IssuerRecord | None:
        """Return the issuer a key belongs to, expired or not, unless it is revoked."""
        wanted = {"of_hash": key_hash(key)}
        row = await self._database.read(lambda c: c.execute(_BY_KEY, wanted).one_or_none())
        return _record(row) if row is not None else None

    async def get(self, issuer_id: int) -> IssuerRecord:
        """Return an issuer."""
        return await self._database.read(lambda c: one(c, issuer_id))


def one(connection: Connection, issuer_id: int) -> IssuerRecord:
    """Return an issuer, inside the caller's transaction.

    Raises:
        NotFoundError: there is none of this id.
    """
    row = connection.execute(_BY_ID, {"of_id": issuer_id}).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no issuer {issuer_id}")
    return _record(row)


def _new_key() -> str:
    return KEY_PREFIX + secrets.token_urlsafe(32)


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _granted(record: IssuerRecord) -> dict[str, object]:
    """Return what the record says of a new issuer: all that it may, and for whom."""
    granted: dict[str, object] = {
        "roles": list(record.roles),
        "sender": record.sender,
        "person": record.person,
        "authority": record.authority,
        "jurisdictions": list(record.jurisdictions),
        "hazards": list(record.hazards),
        "highest_level": record.highest_level,
        "on_behalf": list(record.on_behalf),
        "expires": _moment(record.expires_at),
    }
    return {name: value for name, value in granted.items() if value or name == "roles"}


def _write(connection: Connection, record: IssuerRecord, key: str) -> None:
    if connection.execute(_NAMED, {"of_name": record.name}).first():
        raise ConflictError(f"an issuer called {record.name!r} exists; choose another name")
    try:
        connection.execute(insert(issuer), {**asdict(record), "key_hash": key_hash(key)})
    except IntegrityError as error:
        raise ConflictError(f"an issuer called {record.name!r} exists") from error


def _record(row: Row[Any]) -> IssuerRecord:
    return IssuerRecord(
        id=row.id,
        name=row.name,
        sender=row.sender,
        roles=tuple(row.roles),
        jurisdictions=tuple(row.jurisdictions),
        hazards=tuple(row.hazards),
        authority_id=row.authority_id,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        person=row.person,
        authority=row.authority,
        highest_level=row.highest_level,
        on_behalf=tuple(row.on_behalf),
        rate=row.rate,
        expires_at=row.expires_at,
    )
