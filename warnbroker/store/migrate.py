"""Bring a database to the schema that this release needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from warnbroker.errors import StoreError
from warnbroker.store.database import Database


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


async def migrate(database: Database) -> None:
    """Run what is missing of the migrations, in one transaction.

    Raises:
        StoreError: the database is of a newer release, or refused.
    """
    async with database.writing() as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current and current not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError(
            f"the database is of a newer release (revision {current}); update warnbroker"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
