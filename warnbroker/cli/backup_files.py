"""The files of a backup: where each lies, how it is copied, and whether a backup is whole."""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from warnbroker.errors import ConfigError, StoreError
from warnbroker.settings import Settings

DATABASE, KEY, AUDIT_KEY = "warnbroker.db", "warnbroker.key", "warnbroker.audit.key"
CHANNEL_KEYS = "channel.*.key"
_KEY_FORM = re.compile(rb"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file, its name in a backup, and what it is the key of."""

    name: str
    place: Path
    what: str = ""


def kept(settings: Settings) -> tuple[Kept, ...]:
    """Return what a backup holds: the database, the key of the addresses, then further keys.

    Those of channels are the ones that channels make themselves: whoever has subscribed or got
    a link with one is lost with it.

    Raises:
        ConfigError: the database is no file.
    """
    from warnbroker.app.record import key_path
    from warnbroker.store.database import sqlite_path

    path = sqlite_path(settings.store.url)
    if path is None:
        raise ConfigError("store.url: for PostgreSQL use pg_dump and pg_restore")
    return (
        Kept(DATABASE, path),
        Kept(KEY, settings.store.key_file or path.with_suffix(".key"), "addresses"),
        Kept(AUDIT_KEY, key_path(settings), "record"),
        *(
            Kept(CHANNEL_KEYS.replace("*", name), Path(options["key_file"]).expanduser(), name)
            for name, options in sorted(settings.channels.items())
            if options.get("key_file")
        ),
    )


def copy_database(source: Path, place: Path) -> Path:
    """Copy a database, also while it is written to; return the copy beside the place.

    Raises:
        StoreError: it cannot be read whole.
    """
    copy = fresh(place)
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(copy)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        copy.unlink(missing_ok=True)
        raise StoreError(f"{source}: cannot be backed up: {error}") from error
    return copy


def fresh(place: Path) -> Path:
    """Make an empty file beside a place that nobody else may read."""
    file = place.with_name(place.name + ".new")
    file.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    return file


def prove(directory: Path, files: Sequence[Kept]) -> None:
    """Look whether a backup is whole before anything is given up for it.

    A backup without a key for its record needs the one in place.

    Raises:
        ConfigError: it is not.
    """
    database, key = directory / DATABASE, directory / KEY
    audit_key = next(file.place for file in files if file.name == AUDIT_KEY)
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
