"""The migrations and the tables say the same."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from tests.unit.store.conftest import only_sqlite
from warnbroker.contracts.clock import SystemClock
from warnbroker.errors import ConfigError, StoreError
from warnbroker.model.identity import sortable_ids
from warnbroker.store import open_store
from warnbroker.store.registers import audit


async def test_a_migrated_database_is_what_the_tables_say(store):
    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection), audit.metadata)

    assert await store.database.read(differences) == []


@only_sqlite
async def test_commits_reach_the_disk_before_they_are_believed(store):
    def pragma(name):
        return store.database.write(
            lambda connection: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
        )

    synchronous, journal = await pragma("synchronous"), await pragma("journal_mode")

    assert (synchronous, journal) == (2, "wal")


async def test_a_database_of_a_newer_release_is_refused(store, url, tmp_path):
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    await store.database.write(lambda connection: connection.execute(newer))
    await store.close()

    with pytest.raises(StoreError, match="newer release"):
        await open_store(url, tmp_path / "w.key", SystemClock(), sortable_ids(SystemClock().now))


@pytest.mark.parametrize("wrong", ["mysql://x/y", "nonsense", "sqlite://"])
async def test_an_address_of_no_known_database_is_refused_in_one_line(wrong):
    with pytest.raises(ConfigError, match=r"store\.url"):
        await open_store(wrong, None, SystemClock(), sortable_ids(SystemClock().now))
