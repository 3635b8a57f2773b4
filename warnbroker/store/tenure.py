"""One serving process for a PostgreSQL database, for as long as it serves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from warnbroker.errors import ConfigError
from warnbroker.log import log
from warnbroker.model.event import Event
from warnbroker.store.postgres import connect

LOOK_EVERY = 5.0
"""Seconds between two looks whether the connection that holds the lock is there."""

_TAKE = text("SELECT pg_try_advisory_lock(7237982411026)")
_LOOK = text("SELECT 1")


@dataclass(slots=True)
class Tenure:
    """A lock that lasts as long as its connection; one that is lost is taken anew.

    ``serving`` is the task that is cancelled where another process was quicker.
    """

    engine: AsyncEngine
    connection: AsyncConnection
    serving: asyncio.Task[object]
    is_lost: bool = False

    async def take(self) -> bool:
        """Take the lock; tell whether it was free."""
        return bool((await self.connection.execute(_TAKE)).scalar_one())

    async def keep(self, every: float) -> None:
        """Look at the connection again and again, until the lock is another's."""
        while not self.is_lost:
            await asyncio.sleep(every)
            try:
                await self.connection.execute(_LOOK)
            except (SQLAlchemyError, OSError) as error:
                log.warning(Event.STEP_FAILED, step="lease", error=str(error))
                await self._take_anew()
        self.serving.cancel()

    async def _take_anew(self) -> None:
        # It may be closed already, where the server has been away for longer.
        with suppress(SQLAlchemyError, OSError):
            await self.connection.invalidate()
            await self.connection.close()
        try:
            self.connection = await self.engine.connect()
            self.is_lost = not await self.take()
        except (SQLAlchemyError, OSError):
            # Nobody else can have it while the server is away, and nothing is sent meanwhile.
            return


@asynccontextmanager
async def hold_server(url: str, *, every: float = LOOK_EVERY) -> AsyncIterator[None]:
    """Hold a database for this process.

    Where the connection is lost, and another process has taken the database before it is back,
    the task that holds it is cancelled, and this raises.

    Raises:
        ConfigError: another process serves it, or the driver is not installed.
        SQLAlchemyError, OSError: the database cannot be reached.
    """
    engine = connect(url, isolation_level="AUTOCOMMIT")
    refused = f"another warnbroker serves the database {engine.url.database}; stop it first"
    serving = asyncio.current_task()
    assert serving is not None  # noqa: S101  a coroutine runs in a task
    try:
        tenure = Tenure(engine, await engine.connect(), serving)
        try:
            if not await tenure.take():
                raise ConfigError(refused)
            keeping = asyncio.create_task(tenure.keep(every))
            try:
                yield
            finally:
                keeping.cancel()
                await asyncio.wait([keeping])
        except asyncio.CancelledError:
            if tenure.is_lost:
                raise ConfigError(refused) from None
            raise
        finally:
            await tenure.connection.close()
    finally:
        await engine.dispose()
