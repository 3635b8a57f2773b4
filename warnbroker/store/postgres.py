"""PostgreSQL: a pool of connections; the functions run on the loop's own thread."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

T = TypeVar("T")


class PostgresServer:
    """Runs transactions through asyncpg."""

    def __init__(self, url: str) -> None:
        _, _, rest = url.partition("://")
        self._engine = create_async_engine(f"postgresql+asyncpg://{rest}", hide_parameters=True)
        self._running: set[asyncio.Task[Any]] = set()

    def write(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Start a transaction."""
        task = asyncio.create_task(self._transact(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    read = write

    def lend(self, **options: object) -> None:
        """Give every later transaction an option of its connection."""
        self._engine.sync_engine.update_execution_options(**options)

    async def close(self) -> None:
        """Finish what was started, then close every connection."""
        if self._running:
            await asyncio.wait(self._running)
        await self._engine.dispose()

    async def _transact(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)
