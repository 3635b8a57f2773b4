"""The few statements that each database words in its own way."""

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert


def insert_new(connection: AsyncConnection, table: Table) -> Insert:
    """Insert rows; one whose unique key is taken is left out."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def upsert(connection: AsyncConnection, table: Table, key: str, replaced: Sequence[str]) -> Insert:
    """Insert rows; one whose ``key`` is there gets the ``replaced`` columns anew."""
    if connection.dialect.name == "sqlite":
        lite = sqlite.insert(table)
        return lite.on_conflict_do_update(
            index_elements=[key], set_={name: lite.excluded[name] for name in replaced}
        )
    full = postgresql.insert(table)
    return full.on_conflict_do_update(
        index_elements=[key], set_={name: full.excluded[name] for name in replaced}
    )
