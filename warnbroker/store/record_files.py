"""Where the key and the anchors of the record lie, and how a database is given the key."""

from pathlib import Path

from warnbroker.errors import ConfigError
from warnbroker.store.audit import SIGNER, signing_key
from warnbroker.store.database import Database, sqlite_path
from warnbroker.store.signer import Signer, read_signer

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
    """Let a database sign its record; a database that signs nothing yet gets a new key.

    Raises:
        ConfigError: the file holds no key, or not the one that the record is signed with.
    """
    expected = await database.read(signing_key)
    if expected is not None and not key_file.exists():
        raise ConfigError(
            f"audit.key_file: {key_file} is missing, and the record is signed with the key "
            f"{expected[0]}; put it back from a backup, or begin a new one: {NEW_KEY}"
        )
    signer = read_signer(key_file)
    if expected is not None and signer.key_id.hex() not in expected:
        raise ConfigError(
            f"audit.key_file: {key_file} holds the key {signer.key_id.hex()}, but the record is "
            f"signed with {expected[0]}; put that one back, or begin a new one: {NEW_KEY}"
        )
    use(database, signer)


def use(database: Database, signer: Signer) -> None:
    """Let a signer sign what is appended from now on."""
    database.lend(**{SIGNER: signer})


NEW_KEY = "warnbroker audit key --new"
