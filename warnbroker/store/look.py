"""Look at a ledger without touching it: could it be opened as it is configured?"""

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from warnbroker.errors import WarnbrokerError
from warnbroker.store.addresses import newest_key_id
from warnbroker.store.audit import newest_signed
from warnbroker.store.cipher import fitting_cipher, read_key
from warnbroker.store.database import told_with, translated
from warnbroker.store.migrate import revision_of
from warnbroker.store.record_files import fits
from warnbroker.store.signer import read_signer


def ledger_faults(path: Path, key_file: Path, audit_key: Path) -> Iterator[str]:
    """Yield why a SQLite file or its keys could not be used; what is not there is made later."""
    if not path.exists():
        yield from _fault(lambda: read_key(key_file) if key_file.exists() else None)
        yield from _fault(lambda: read_signer(audit_key) if audit_key.exists() else None)
        return
    engine = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true", poolclass=NullPool)

    def look() -> Iterator[str]:
        with told_with(path), translated(), engine.connect() as connection:
            if revision_of(connection) is not None:
                yield from _key_faults(connection, key_file, audit_key)

    try:
        yield from list(look())
    except WarnbrokerError as error:
        yield str(error)


def _key_faults(connection: Connection, key_file: Path, audit_key: Path) -> Iterator[str]:
    try:
        sealed, signed = newest_key_id(connection), newest_signed(connection)
    except OperationalError:
        return  # it is of an older release, and is brought up to date when it is opened
    if sealed is not None or key_file.exists():
        yield from _fault(lambda: fitting_cipher(key_file, sealed))
    if signed is not None:
        yield from _fault(lambda: fits(audit_key, *signed))


def _fault(attempt: Callable[[], object]) -> Iterator[str]:
    try:
        attempt()
    except WarnbrokerError as error:
        yield str(error)
