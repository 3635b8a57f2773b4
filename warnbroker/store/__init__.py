"""The ledger: SQLAlchemy Core, one statement set for SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

from warnbroker.contracts.clock import Clock
from warnbroker.errors import ConfigError
from warnbroker.store.alerts import AlertTable
from warnbroker.store.audit import AuditTable
from warnbroker.store.cipher import AddressCipher, read_key
from warnbroker.store.database import Database, sqlite_path
from warnbroker.store.deliveries import DeliveryTable
from warnbroker.store.issuers import IssuerTable
from warnbroker.store.migrate import migrate
from warnbroker.store.regions import RegionTable
from warnbroker.store.subscribers import SubscriberTable

__all__ = ["Store", "open_store"]


class Store:
    """Every table over one database."""

    def __init__(
        self, database: Database, cipher: AddressCipher, clock: Clock, ids: Iterator[int]
    ) -> None:
        self.database = database
        self.alerts = AlertTable(database)
        self.audit = AuditTable(database, clock)
        self.deliveries = DeliveryTable(database, cipher, ids)
        self.issuers = IssuerTable(database, clock, ids)
        self.regions = RegionTable(database, clock)
        self.subscribers = SubscriberTable(database, cipher, ids)

    async def close(self) -> None:
        """Close every connection."""
        await self.database.close()


async def open_store(url: str, key_file: Path | None, clock: Clock, ids: Iterator[int]) -> Store:
    """Open a database, at the newest schema, and the key of its addresses.

    Raises:
        ConfigError: the address or the key file is wrong.
        StoreError: the database refused.
    """
    path = sqlite_path(url)
    if key_file is None:
        if path is None:
            raise ConfigError("store.key_file: must be set where store.url is not SQLite")
        key_file = path.with_suffix(".key")
    cipher = AddressCipher(read_key(key_file))
    database = Database(url)
    try:
        await migrate(database)
    except BaseException:
        await database.close()
        raise
    return Store(database, cipher, clock, ids)
