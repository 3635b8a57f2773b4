"""Issuers and their keys; a key is kept only as a hash."""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from warnbroker.contracts.clock import Clock
from warnbroker.errors import ConflictError, NotFoundError
from warnbroker.model.event import Event
from warnbroker.model.record import IssuerRecord
from warnbroker.store import audit
from warnbroker.store.database import Database
from warnbroker.store.tables import authority, issuer

KEY_PREFIX = "wbk_"


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
        async with self._database.writing() as connection:
            known = select(authority.c.id).where(authority.c.code == code)
            found = (await connection.execute(known)).scalar_one_or_none()
            if found is None:
                found = next(self._ids)
                await connection.execute(insert(authority).values(id=found, code=code))
        return found

    async def add(self, record: IssuerRecord, *, actor: str) -> str:
        """Write an issuer and return its key, which is shown this once.

        Raises:
            ConflictError: the name is taken.
        """
        key = KEY_PREFIX + secrets.token_urlsafe(32)
        async with self._database.writing() as connection:
            taken = select(issuer.c.id).where(issuer.c.name == record.name)
            if (await connection.execute(taken)).first():
                raise ConflictError(f"an issuer called {record.name!r} exists; choose another name")
            try:
                await connection.execute(
                    insert(issuer).values(**asdict(record), key_hash=key_hash(key))
                )
            except IntegrityError as error:
                raise ConflictError(f"an issuer called {record.name!r} exists") from error
            await audit.append(
                connection, self._clock.now(), actor, Event.ISSUER_ADDED, record.name,
                {"roles": list(record.roles), "sender": record.sender},
            )  # fmt: skip
        return key

    async def revoke(self, name: str, *, actor: str) -> None:
        """Make an issuer's key useless.

        Raises:
            NotFoundError: no such issuer has a valid key.
        """
        now = self._clock.now()
        async with self._database.writing() as connection:
            done = await connection.execute(
                update(issuer)
                .where(issuer.c.name == name, issuer.c.revoked_at.is_(None))
                .values(revoked_at=now)
            )
            if not done.rowcount:
                raise NotFoundError(f"no issuer called {name!r} has a valid key")
            await audit.append(connection, now, actor, Event.ISSUER_REVOKED, name, {})

    async def all(self) -> Sequence[IssuerRecord]:
        """Return every issuer, by name."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(issuer).order_by(issuer.c.name))).all()
        return [_record(row) for row in rows]

    async def by_key(self, key: str) -> IssuerRecord | None:
        """Return the issuer a key belongs to, unless it is revoked."""
        statement = select(issuer).where(
            issuer.c.key_hash == key_hash(key), issuer.c.revoked_at.is_(None)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return _record(row) if row is not None else None

    async def get(self, issuer_id: int) -> IssuerRecord:
        """Return an issuer."""
        async with self._database.reading() as connection:
            statement = select(issuer).where(issuer.c.id == issuer_id)
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no issuer {issuer_id}")
        return _record(row)


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
    )
