"""The record as a file: one JSON object a line, whole or not at all."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from warnbroker.api.record import entry_json
from warnbroker.errors import FileError
from warnbroker.store.audit import AuditTable


@dataclass(frozen=True, slots=True)
class Written:
    """How many entries a file holds, and its SHA-256."""

    count: int
    sha256: str


async def write(audit: AuditTable, file: Path, told: Callable[[int], None]) -> Written:
    """Write every entry to a file that its owner alone may read.

    Raises:
        FileError: it cannot be written.
    """
    fresh = file.with_name(f"{file.name}.new")
    count, digest, after = 0, hashlib.sha256(), 0
    try:
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as target:
            while page := await audit.entries(after):
                lines = b"".join(orjson.dumps(entry_json(entry)) + b"\n" for entry in page)
                target.write(lines)
                digest.update(lines)
                count, after = count + len(page), page[-1].sequence
                told(after)
            target.flush()
            os.fsync(target.fileno())
        fresh.replace(file)
    except OSError as error:
        raise FileError(f"{file}: cannot be written: {error.strerror}") from error
    return Written(count, digest.hexdigest())
