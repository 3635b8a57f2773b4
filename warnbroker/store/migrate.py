"""Bring a database to the schema that this release needs."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from warnbroker.errors import StoreError
from warnbroker.store.database import Database

# Alembic keeps what it works on in a module of its own.
_ONE_AT_A_TIME = threading.Lock()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


async def migrate(database: Database) -> None:
    """Run what is missing of the migrations, in one transaction.

    Raises:
        StoreError: the database is of a newer release, or refused.
    """
    await database.write(_upgrade)


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database's schema, None where it has none yet.

    Raises:
        StoreError: it is of a newer release.
    """
    scripts = ScriptDirectory.from_config(_config())
    current = MigrationContext.configure(connection).get_current_revision()
    if current and current not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError(
            f"the database is of a newer release (revision {current}); update warnbroker"
        )
    return current


def _upgrade(connection: Connection) -> None:
    config = _config()
    revision_of(connection)
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(config, "head")
