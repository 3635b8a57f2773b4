"""One serving process per SQLite database."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from warnbroker.errors import ConfigError
from warnbroker.store.database import sqlite_path


@contextmanager
def hold(url: str) -> Iterator[None]:
    """Hold a database for this process, where it can have only one.

    Raises:
        ConfigError: another process serves it.
    """
    path = sqlite_path(url)
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(
                f"another warnbroker serves {path}; stop it, or use PostgreSQL for several"
            ) from error
        yield
