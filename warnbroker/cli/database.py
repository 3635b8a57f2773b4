"""``warnbroker migrate``, ``backup`` and ``restore``: the life of the database."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from warnbroker.cli.terminal import ConfigOption, out, run
from warnbroker.errors import ConfigError
from warnbroker.settings import Settings, load

DATABASE, KEY = "warnbroker.db", "warnbroker.key"
Folder = Annotated[Path, typer.Argument(help="The folder of the backup.")]


def migrate(config: ConfigOption = None) -> None:
    """Bring the database to the schema of this release."""
    run(_migrate(load(config)))
    out.print("[green]The database is at the newest schema.[/]")


async def _migrate(settings: Settings) -> None:
    from warnbroker.app import open_ledger

    async with open_ledger(settings):
        pass


def backup(directory: Folder, config: ConfigOption = None) -> None:
    """Copy the database, also while the broker runs, and the key of its addresses."""
    settings = load(config)
    source, key = _paths(settings)
    if not source.exists():
        raise ConfigError(f"store.url: there is no database at {source}")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = directory / DATABASE
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    shutil.copy2(key, directory / KEY)
    out.print(f"[green]Backed up[/] to {directory}; it holds the key: keep it safe.")


def restore(directory: Folder, config: ConfigOption = None) -> None:
    """Put a backup in place of the database; the broker must not run."""
    from warnbroker.store.lease import hold

    settings = load(config)
    target, key = _paths(settings)
    if not (directory / DATABASE).exists() or not (directory / KEY).exists():
        raise ConfigError(f"{directory}: holds no {DATABASE} and {KEY}")
    with hold(settings.store.url):
        for suffix in ("-wal", "-shm"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
        for name, place in ((DATABASE, target), (KEY, key)):
            fresh = place.with_name(place.name + ".restoring")
            shutil.copy2(directory / name, fresh)
            fresh.replace(place)
    run(_migrate(settings))
    out.print(f"[green]Restored[/] from {directory}.")


def _paths(settings: Settings) -> tuple[Path, Path]:
    from warnbroker.store.database import sqlite_path

    path = sqlite_path(settings.store.url)
    if path is None:
        raise ConfigError("store.url: for PostgreSQL use pg_dump and pg_restore")
    return path, settings.store.key_file or path.with_suffix(".key")
