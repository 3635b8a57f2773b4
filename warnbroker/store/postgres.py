"""PostgreSQL: a pool of connections; the functions run on the loop's own thread."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from warnbroker.errors import ConfigError

T = TypeVar("T")

_PATIENCE = {"timeout": 10, "command_timeout": 60}
"""Seconds to get a connection, and for a statement: a server that has vanished says nothing."""

_ALONE = text("SELECT pg_advisory_xact_lock(7237982411025)")


class PostgresServer:
    """Runs transactions through asyncpg; of those that write one after the other, as on SQLite.

    So what such a transaction has read is true until it commits, whichever process writes.

    Raises:
        ConfigError: the driver is not installed.
    """

    def __init__(self, url: str) -> None:
        self._writer = connect(url)
        # What several statements of a transaction read is of one moment, as on SQLite.
        self._reader = self._writer.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        # Those of this process wait here, where they keep no connection from the readers.
        self._turn = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()

    def write(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Start a transaction after all that were started before."""
        return self._start(self._write(work))

    def read(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Start a transaction that sees what is committed when it begins."""
        return self._start(self._read(work))

    def lend(self, **options: object) -> None:
        """Give every later transaction that writes an option of its connection."""
        self._writer.sync_engine.update_execution_options(**options)

    async def close(self) -> None:
        """Finish what was started, then close every connection."""
        if self._running:
            await asyncio.wait(self._running)
        await self._writer.dispose()

    def _start(self, transaction: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
        task = asyncio.create_task(transaction)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _write(self, work: Callable[[Connection], T]) -> T:
        async with self._turn, self._writer.begin() as connection:
            await connection.execute(_ALONE)
            return await connection.run_sync(work)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        async with self._reader.begin() as connection:
            return await connection.run_sync(work)


def connect(url: str, **options: Any) -> AsyncEngine:
    """Return what opens connections to a server as they are needed.

    Raises:
        ConfigError: the driver is not installed.
    """
    _, _, rest = url.partition("://")
    try:
        return create_async_engine(
            f"postgresql+asyncpg://{rest}", hide_parameters=True, connect_args=_PATIENCE, **options
        )
    except ModuleNotFoundError as error:
        raise ConfigError(
            "store.url: PostgreSQL needs its driver; install warnbroker[scale]"
        ) from error
