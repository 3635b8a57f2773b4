"""One serving process per database."""

import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from warnbroker.errors import ConfigError
from warnbroker.store.database import sqlite_path, translated
from warnbroker.store.tenure import hold_server


@asynccontextmanager
async def hold(url: str) -> AsyncIterator[None]:
    """Hold a database for this process: what the bus of one process says, no other one hears.

    Raises:
        ConfigError: another process serves it.
        StoreError: the database cannot be reached.
    """
    path = sqlite_path(url)
    if path is None:
        async with AsyncExitStack() as held:
            with translated():
                await held.enter_async_context(hold_server(url))
            yield
    else:
        with hold_file(path):
            yield


@contextmanager
def hold_file(path: Path) -> Iterator[None]:
    """Hold a SQLite file for this process.

    Raises:
        ConfigError: another process serves it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(f"another warnbroker serves {path}; stop it first") from error
        yield
