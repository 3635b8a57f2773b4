"""The ledger: SQLAlchemy Core, one statement set for SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

from warnbroker.contracts.clock import Clock
from warnbroker.errors import ConfigError
from warnbroker.store.addresses import newest_key_id
from warnbroker.store.alerts import AlertTable
from warnbroker.store.audit import AuditTable
from warnbroker.store.cipher import AddressCipher, fitting_cipher, read_key
from warnbroker.store.courses import CourseTable
from warnbroker.store.database import Database, sqlite_path, told_with
from warnbroker.store.decisions import DecisionTable
from warnbroker.store.deliveries import DeliveryTable
from warnbroker.store.doorsteps import DoorstepTable
from warnbroker.store.drills import DrillTable
from warnbroker.store.findings import FindingTable
from warnbroker.store.incidents import IncidentTable
from warnbroker.store.issuers import IssuerTable
from warnbroker.store.ladders import LadderTable
from warnbroker.store.migrate import migrate
from warnbroker.store.providers import ProviderTable
from warnbroker.store.rates import RateTable
from warnbroker.store.record_files import AUDIT_KEY, beside, sign
from warnbroker.store.regions import RegionTable
from warnbroker.store.subscribers import SubscriberTable
from warnbroker.store.suppressions import SuppressionTable

__all__ = ["Store", "open_store"]


class Store:
    """Every table over one database."""

    def __init__(
        self, database: Database, cipher: AddressCipher, clock: Clock, ids: Iterator[int]
    ) -> None:
        self.database = database
        self.seal = cipher.seal
        self.alerts = AlertTable(database)
        self.audit = AuditTable(database, clock)
        self.decisions = DecisionTable(database)
        self.courses = CourseTable(database)
        self.deliveries = DeliveryTable(database, cipher, ids)
        self.doorsteps = DoorstepTable(database, cipher, ids)
        self.drills = DrillTable(database)
        self.findings = FindingTable(database, clock)
        self.incidents = IncidentTable(database)
        self.issuers = IssuerTable(database, clock, ids)
        self.providers = ProviderTable(database)
        self.rates = RateTable(database)
        self.ladders = LadderTable(database, ids)
        self.regions = RegionTable(database, clock)
        self.suppressions = SuppressionTable(database, cipher, ids)
        self.subscribers = SubscriberTable(database, cipher, ids)

    async def close(self) -> None:
        """Close every connection."""
        await self.database.close()


async def open_store(
    url: str,
    key_file: Path | None,
    clock: Clock,
    ids: Iterator[int],
    *,
    audit_key: Path | None = None,
) -> Store:
    """Open a database, at the newest schema, the key of its addresses and that of its record.

    Raises:
        ConfigError: the address or a key file is wrong, or the record's key is another one.
        StoreError: the database refused.
    """
    path = sqlite_path(url)
    if key_file is None:
        if path is None:
            raise ConfigError("store.key_file: must be set where store.url is not SQLite")
        key_file = path.with_suffix(".key")
    if key_file.exists():
        read_key(key_file)  # what holds no key is told before a database is made
    database = Database(url)
    try:
        with told_with(path):
            await migrate(database)
        cipher = fitting_cipher(key_file, await database.read(newest_key_id))
        await sign(database, audit_key or beside(url, AUDIT_KEY))
    except BaseException:
        await database.close()
        raise
    return Store(database, cipher, clock, ids)
