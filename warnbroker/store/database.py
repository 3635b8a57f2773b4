"""Transactions: each is one function, run whole, away from the event loop."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from warnbroker.errors import ConfigError, StoreError
from warnbroker.store.postgres import PostgresServer
from warnbroker.store.sqlite import SqliteFile

T = TypeVar("T")


class Home(Protocol):
    """Where a database lives; starts a function as one transaction."""

    def write(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Start what writes; the future fails as ``work`` does, and nothing is kept then."""
        ...

    def read(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Start what only reads."""
        ...

    def lend(self, **options: object) -> None:
        """Give every later transaction an option of its connection."""
        ...

    async def close(self) -> None:
        """Finish what was started, then close every connection."""
        ...


class Database:
    """Runs transactions; ``url`` is ``sqlite:///path`` or ``postgresql://…``.

    A transaction is a plain function over a SQLAlchemy connection. It may run in another
    thread, so it must leave the event loop alone, and whatever the loop's thread changes.
    """

    def __init__(self, url: str) -> None:
        path = sqlite_path(url)
        self._home: Home = PostgresServer(url) if path is None else SqliteFile(path)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction that writes; all of it is kept, or nothing.

        A caller that is cancelled leaves at once; the transaction is carried out all the same.

        Raises:
            StoreError: the database refused.
        """
        with translated():
            return await asyncio.shield(self._home.write(work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction that only reads, beside any writer.

        Raises:
            StoreError: the database refused.
        """
        with translated():
            return await self._home.read(work)

    def lend(self, **options: object) -> None:
        """Give every later transaction an option of its connection, such as a key."""
        self._home.lend(**options)

    async def close(self) -> None:
        """Close every connection, when all that was begun is done."""
        await self._home.close()


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite address, None for another database.

    Raises:
        ConfigError: the address is of no known database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(f"store.url: {url!r} is not a database address") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database:
        return Path(parsed.database)
    if backend != "postgresql":
        raise ConfigError("store.url: must be sqlite:///path or postgresql://…")
    return None


@contextmanager
def told_with(path: Path | None) -> Iterator[None]:
    """Name the file of a database in what it refuses."""
    try:
        yield
    except StoreError as error:
        raise StoreError(f"store.url: {path}: {error}" if path else str(error)) from error


@contextmanager
def translated() -> Iterator[None]:
    """Turn what a database and its driver raise into errors of the store."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"the database refused: {error.orig}") from error
    # What never got a connection is no error of the driver's.
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(f"the database cannot be reached: {error}") from error
