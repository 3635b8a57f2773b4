"""Where the key and the anchors of the record lie, and how a database is given the key."""

from pathlib import Path

import orjson

from warnbroker.errors import ConfigError
from warnbroker.model.event import Event
from warnbroker.store.audit import SIGNER, newest_signed
from warnbroker.store.database import Database, sqlite_path
from warnbroker.store.signer import KEY_ID_BYTES, Signer, read_signer

AUDIT_KEY = "audit.key"
ANCHORS = "anchors.jsonl"
_SETTING = {AUDIT_KEY: "audit.key_file", ANCHORS: "audit.anchors"}


def beside(url: str, ending: str) -> Path:
    """Return the file of an ending beside a SQLite database: ``w.audit.key`` for ``w.db``.

    Raises:
        ConfigError: the database is no file, so the setting must name one.
    """
    path = sqlite_path(url)
    if path is None:
        raise ConfigError(f"{_SETTING[ending]}: must be set where store.url is not SQLite")
    return path.with_suffix(f".{ending}")


async def sign(database: Database, key_file: Path) -> None:
    """Let a database sign its record; one that has signed nothing yet gets a new key.

    Raises:
        ConfigError: the file holds no key, or not the one that the record is signed with.
    """
    newest = await database.read(newest_signed)
    use(database, read_signer(key_file) if newest is None else fits(key_file, *newest))


def fits(key_file: Path, event: str, detail: str, signature: bytes) -> Signer:
    """Return the signer of a file that may follow the newest signed entry of a record.

    Raises:
        ConfigError: the file is missing, or holds another key than the one that signed, and
            than the one that this entry announces.
    """
    signed = signature[:KEY_ID_BYTES].hex()
    if not key_file.exists():
        raise ConfigError(
            f"audit.key_file: {key_file} is missing, and the record is signed with the key "
            f"{signed}; put it back from a backup, or begin a new one: {NEW_KEY}"
        )
    signer = read_signer(key_file)
    if signer.key_id.hex() not in {signed, _announced(event, detail)}:
        raise ConfigError(
            f"audit.key_file: {key_file} holds the key {signer.key_id.hex()}, but the record is "
            f"signed with {signed}; put that one back, or begin a new one: {NEW_KEY}"
        )
    return signer


def _announced(event: str, detail: str) -> str:
    if event != Event.AUDIT_KEY_CHANGED:
        return ""
    try:
        return str(orjson.loads(detail)["key"])
    except (orjson.JSONDecodeError, KeyError, TypeError):  # somebody bent it
        return ""


def use(database: Database, signer: Signer) -> None:
    """Let a signer sign what is appended from now on."""
    database.lend(**{SIGNER: signer})


NEW_KEY = "warnbroker audit key --new"
