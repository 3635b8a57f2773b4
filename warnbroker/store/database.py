"""Connections: one writer and several readers on SQLite, a pool on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from warnbroker.errors import ConfigError, StoreError

BUSY_MILLISECONDS = 10_000


class Database:
    """Opens transactions; ``url`` is ``sqlite:///path`` or ``postgresql://…``."""

    def __init__(self, url: str) -> None:
        self.url = async_url(url)
        self.path = sqlite_path(url)
        if self.path is not None:
            _make_folder(self.path)
        self._writer = _engine(self.url, self.path, writer=True)
        self._reader = _engine(self.url, self.path, writer=False) if self.path else self._writer
        # SQLite has one writer; waiting here is fair and cheap, waiting in SQLite is neither.
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes; all of it is kept, or nothing.

        Raises:
            StoreError: the database refused.
        """
        if self.path is None:
            async with _translated(), self._writer.begin() as connection:
                yield connection
            return
        async with self._turn, _translated(), self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads, beside any writer.

        Raises:
            StoreError: the database refused.
        """
        async with _translated(), self._reader.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        await self._reader.dispose()


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


def async_url(url: str) -> str:
    """Return the address with the asynchronous driver named."""
    scheme, _, rest = url.partition("://")
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
    return f"{drivers.get(scheme, scheme)}://{rest}"


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"store.url: cannot make {path.parent}: {error.strerror}") from error


def _engine(url: str, path: Path | None, *, writer: bool) -> AsyncEngine:
    if path is None:
        return create_async_engine(url)
    engine = create_async_engine(url, pool_size=1 if writer else 4, max_overflow=0)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "cache_size=-32000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"the database refused: {error.orig}") from error
