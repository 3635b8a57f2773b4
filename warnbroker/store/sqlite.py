"""SQLite: one thread that writes and a few that read, each with a connection of its own.

Each statement of a transaction waits its turn with the event loop when it is made there;
a transaction that is handed over whole waits once.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import get_ident
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from warnbroker.errors import ConfigError, StoreError

T = TypeVar("T")

READERS = 4
READER_CACHE = "cache_size=-4000"
"""What each reader keeps: there are several, and the system keeps the file for all of them."""

BUSY_MILLISECONDS = 10_000
_PRAGMAS = (
    f"busy_timeout={BUSY_MILLISECONDS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "cache_size=-32000",
    # What a statement may undo needs no file, and so no folder that can be written to.
    "temp_store=MEMORY",
    # The log is folded into the file every 40 MB instead of every 4: that takes a flush, too.
    "wal_autocheckpoint=10000",
)


class SqliteFile:
    """Runs transactions on one file; those that write, one after the other."""

    def __init__(self, path: Path) -> None:
        _make_folder(path)
        self._writer = _Threads(path, 1, "BEGIN IMMEDIATE")
        self._readers = _Threads(path, READERS, "BEGIN", "query_only=ON", READER_CACHE)

    def write(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Start a transaction after all that were started before."""
        return self._writer.start(work)

    def read(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Start a transaction that sees what is committed when it begins."""
        return self._readers.start(work)

    def lend(self, **options: object) -> None:
        """Give every later transaction that writes an option of its connection."""
        self._writer.lend(**options)

    async def close(self) -> None:
        """Finish what was started, then close every connection and end the threads."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._readers.close()
        self._writer.close()


class _Threads:
    """Threads, as many connections, and how a transaction begins on them."""

    def __init__(self, path: Path, number: int, begin: str, *pragmas: str) -> None:
        self._engine = _engine(path, number, begin, (*_PRAGMAS, *pragmas))
        self._executor = ThreadPoolExecutor(number, thread_name_prefix="ledger")
        self._kept: dict[int, Connection] = {}
        self._closed = False

    def start(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Start a transaction as soon as a thread is free."""
        if self._closed:
            raise StoreError("the database is closed")
        return asyncio.get_running_loop().run_in_executor(self._executor, self._transact, work)

    def lend(self, **options: object) -> None:
        """Give every later transaction an option of its connection."""
        self._engine.update_execution_options(**options)
        for connection in self._kept.values():
            connection.execution_options(**options)

    def close(self) -> None:
        """Wait for the threads to end, then close the connections."""
        self._closed = True
        self._executor.shutdown()
        for connection in self._kept.values():
            connection.close()
        self._engine.dispose()

    def _transact(self, work: Callable[[Connection], T]) -> T:
        # Taking a connection from the pool each time costs as much as twenty rows.
        connection = self._kept.get(get_ident()) or self._keep()
        try:
            with connection.begin():
                return work(connection)
        except DBAPIError:
            # Whatever is wrong with it, the next transaction gets one without a past.
            self._kept.pop(get_ident(), None)
            connection.close()
            raise

    def _keep(self) -> Connection:
        connection = self._kept[get_ident()] = self._engine.connect()
        return connection


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"store.url: cannot make {path.parent}: {error.strerror}") from error


def _engine(path: Path, connections: int, begin: str, pragmas: tuple[str, ...]) -> Engine:
    url = URL.create("sqlite+pysqlite", database=str(path))
    # What a statement was given may be names and words of people: no error may say it.
    engine = create_engine(url, pool_size=connections, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
