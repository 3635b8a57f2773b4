"""``warnbroker migrate``, ``backup`` and ``restore``: the life of the database."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from warnbroker.cli.terminal import ConfigOption, operator, out, run
from warnbroker.errors import ConfigError, StoreError
from warnbroker.settings import Settings, load

DATABASE, KEY, AUDIT_KEY = "warnbroker.db", "warnbroker.key", "warnbroker.audit.key"
_KEY_FORM = re.compile(rb"[0-9a-fA-F]{64}")
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
    """Copy the database, also while the broker runs, and the keys of its addresses and record."""
    settings = load(config)
    source, key, audit_key = _paths(settings)
    _stay_apart(directory, source, key, audit_key)
    for file in (source, key):
        if not file.exists():
            raise ConfigError(f"store.url: there is no {file} to back up")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Whole under another name first: an older backup stays good until this one is.
    fresh, fresh_key = _fresh(directory / DATABASE), _fresh(directory / KEY)
    fresh_audit_key = _fresh(directory / AUDIT_KEY)
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(fresh)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        fresh.unlink(missing_ok=True)
        raise StoreError(f"{source}: cannot be backed up: {error}") from error
    shutil.copyfile(key, fresh_key)
    if audit_key.exists():
        shutil.copyfile(audit_key, fresh_audit_key)
        fresh_audit_key.replace(directory / AUDIT_KEY)
    else:
        # A record of release 0.1, which nothing has opened since, is not signed yet.
        fresh_audit_key.unlink()
        (directory / AUDIT_KEY).unlink(missing_ok=True)
    fresh_key.replace(directory / KEY)
    fresh.replace(directory / DATABASE)
    out.print(Text.assemble(("Backed up", "green"), f" to {directory}"), soft_wrap=True)
    told = "It holds the keys of the addresses and of the record: keep it safe."
    out.print(told, soft_wrap=True)


def restore(directory: Folder, config: ConfigOption = None) -> None:
    """Put a backup in place of the database; the broker must not run."""
    from warnbroker.store.lease import hold_file

    settings = load(config)
    target, key, audit_key = _paths(settings)
    _stay_apart(directory, target, key, audit_key)
    _prove(directory, audit_key)
    with hold_file(target):
        pairs = [(directory / DATABASE, target), (directory / KEY, key)]
        if (directory / AUDIT_KEY).exists():
            pairs.append((directory / AUDIT_KEY, audit_key))
        fresh = [_fresh(place) for _, place in pairs]
        for (source, _), copy in zip(pairs, fresh, strict=True):
            shutil.copyfile(source, copy)
        for suffix in ("-wal", "-shm"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
        for (_, place), copy in zip(pairs, fresh, strict=True):
            copy.replace(place)
    run(_record_restore(settings))
    out.print(Text.assemble(("Restored", "green"), f" from {directory}"), soft_wrap=True)


async def _record_restore(settings: Settings) -> None:
    from warnbroker.app.anchoring import restored
    from warnbroker.app.ledger import open_ledger
    from warnbroker.contracts.clock import SystemClock

    clock = SystemClock()
    async with open_ledger(settings, clock) as store:
        await restored(settings, store, operator(), clock)


def _fresh(place: Path) -> Path:
    """Make an empty file beside a place that nobody else may read."""
    fresh = place.with_name(place.name + ".new")
    fresh.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh.touch(mode=0o600)
    return fresh


def _stay_apart(directory: Path, *files: Path) -> None:
    """Refuse the folder of the database itself, where a backup would take its place."""
    if directory.resolve() in {file.resolve().parent for file in files}:
        raise ConfigError(f"{directory}: the database itself lives there; name another folder")


def _prove(directory: Path, audit_key: Path) -> None:
    """Look whether a backup is whole before anything is given up for it.

    A backup without a key for its record needs the one in place.

    Raises:
        ConfigError: it is not.
    """
    database, key = directory / DATABASE, directory / KEY
    if not database.is_file() or not key.is_file():
        raise ConfigError(f"{directory}: holds no {DATABASE} and {KEY}")
    try:
        with closing(
            sqlite3.connect(f"{database.resolve().as_uri()}?immutable=1", uri=True)
        ) as found:
            sound = found.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            found.execute("SELECT version_num FROM alembic_version")
    except sqlite3.Error as error:
        raise ConfigError(f"{database}: is no backup of warnbroker: {error}") from error
    if not sound:
        raise ConfigError(f"{database}: is damaged; take another backup")
    if not _KEY_FORM.fullmatch(key.read_bytes().strip()):
        raise ConfigError(f"{key}: holds no key of 64 hex digits")
    own = directory / AUDIT_KEY
    _prove_record(database, own if own.exists() else audit_key)


def _prove_record(database: Path, audit_key: Path) -> None:
    from warnbroker.store.record_files import fits

    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?immutable=1", uri=True)) as found:
        columns = {row[1] for row in found.execute("PRAGMA table_info(audit)")}
        newest = (
            "signature" in columns
            and found.execute(
                "SELECT event, detail, signature FROM audit WHERE signature IS NOT NULL "
                "ORDER BY sequence DESC LIMIT 1"
            ).fetchone()
        )
    if newest:
        fits(audit_key, *newest)


def _paths(settings: Settings) -> tuple[Path, Path, Path]:
    from warnbroker.app.record import key_path
    from warnbroker.store.database import sqlite_path

    path = sqlite_path(settings.store.url)
    if path is None:
        raise ConfigError("store.url: for PostgreSQL use pg_dump and pg_restore")
    return path, settings.store.key_file or path.with_suffix(".key"), key_path(settings)
