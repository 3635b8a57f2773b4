"""The record around a broker: where its files lie, its key, and what was configured."""

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import orjson

from warnbroker.contracts.clock import Clock
from warnbroker.errors import ConfigError
from warnbroker.model.actor import CONFIGURATION, Actor
from warnbroker.model.event import Event
from warnbroker.settings import Settings
from warnbroker.settings.masking import masked
from warnbroker.store import Store
from warnbroker.store.audit import append, newest_signed
from warnbroker.store.database import Database, sqlite_path
from warnbroker.store.lease import hold
from warnbroker.store.migrate import migrate
from warnbroker.store.record_files import ANCHORS, AUDIT_KEY, beside, use
from warnbroker.store.signer import Keyring, Signer, make_key, read_public_keys, read_signer


def key_path(settings: Settings) -> Path:
    """Return the file of the key that signs the record.

    Raises:
        ConfigError: it must be set and is not.
    """
    return settings.audit.key_file or beside(settings.store.url, AUDIT_KEY)


def anchors_path(settings: Settings) -> Path | None:
    """Return the file of the anchors; None where none is set and the database is no file."""
    if settings.audit.anchors is not None or sqlite_path(settings.store.url) is None:
        return settings.audit.anchors
    return beside(settings.store.url, ANCHORS)


def trusted_keys(settings: Settings, file: Path | None) -> Keyring:
    """Return the public keys to believe: those of a file, else that of our own key.

    Raises:
        ConfigError: there is no key to verify with.
    """
    if file is not None:
        return read_public_keys(file)
    path = key_path(settings)
    if not path.exists():
        raise ConfigError(f"audit.key_file: there is no {path}; give --public-key FILE")
    return Keyring([read_signer(path).public])


@asynccontextmanager
async def open_record(settings: Settings) -> AsyncIterator[Database]:
    """Open a database to look at its record, whatever its key is.

    Raises:
        ConfigError: there is no such database.
        StoreError: it refused.
    """
    path = sqlite_path(settings.store.url)
    if path is not None and not path.exists():
        raise ConfigError(f"store.url: there is no {path}")
    database = Database(settings.store.url)
    try:
        await migrate(database)
        yield database
    finally:
        await database.close()


async def record_configuration(settings: Settings, store: Store) -> None:
    """Record the settings by their hash, and which sections changed, if they did."""
    sections = {
        name: _digest(value)[:16]
        for name, value in masked(settings.model_dump(mode="json")).items()
    }
    detail = {"hash": _digest(sections), "release": version("warnbroker"), "sections": sections}
    last = await store.audit.newest(Event.CONFIGURATION_LOADED)
    before = orjson.loads(last.detail) if last is not None else {}
    if all(before.get(key) == value for key, value in detail.items()):
        return
    known = before.get("sections", {})
    changed = sorted(
        name for name in sections.keys() | known.keys() if sections.get(name) != known.get(name)
    )
    await store.audit.append(
        CONFIGURATION, Event.CONFIGURATION_LOADED, "settings", detail | {"changed": changed}
    )


def _digest(value: object) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def new_key(settings: Settings, actor: Actor, clock: Clock) -> Signer:
    """Replace the key that signs the record; the old one, where it is there, signs for the new.

    The old file stays beside the new one, with the id of its key at the end of its name.

    Raises:
        ConfigError: the broker runs, or a file cannot be written.
    """
    path = key_path(settings)
    fresh = path.with_name(f"{path.name}.next")
    async with hold(settings.store.url):
        old = read_signer(path) if path.exists() else None
        fresh.unlink(missing_ok=True)
        make_key(fresh)
        signer = read_signer(fresh)
        async with open_record(settings) as database:
            newest = await database.read(newest_signed)
            if old is not None and newest is not None and not newest[2].startswith(old.key_id):
                # It never signed this record, so its word for the new one is worth nothing.
                old = None
            use(database, old or signer)
            detail = {
                "key": signer.key_id.hex(),
                "public_key": base64.b64encode(signer.public.public_bytes_raw()).decode(),
                "before": old.key_id.hex() if old is not None else None,
            }
            now = clock.now()
            await database.write(
                lambda c: append(c, now, actor, Event.AUDIT_KEY_CHANGED, "audit key", detail)
            )
        if path.exists():
            kept = read_signer(path).key_id.hex()
            path.rename(path.with_name(f"{path.name}.{kept}"))
        fresh.rename(path)
    return signer
