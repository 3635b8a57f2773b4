"""What the signed entries say, and where rows say something else.

The record is the source: a time, state or person that stands in it is taken from there, and
a row that says another is a contradiction that a person must explain.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from warnbroker.model.incident import Incident
from warnbroker.model.record import AlertRecord, AuditEntry

MISSING = "missing"
PRESENT = "present"
ALTERED = "altered"
DIGEST = "_sha256"
"""The end of the names of facts that stand in the record by their SHA-256 alone."""

Told = Mapping[str, tuple[object, int]]
"""Columns with what the record says of them, and the number of the entry that says it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a row says something else than its entry; ``entry`` is the entry's number."""

    where: str
    row: object
    recorded: object
    entry: int | None = None


def moment(entry: AuditEntry) -> datetime:
    """Return when something happened; an entry is not dated before the one that it follows."""
    clock = detail_of(entry).get("clock")
    return datetime.fromisoformat(clock) if isinstance(clock, str) else entry.at


def detail_of(entry: AuditEntry) -> Mapping[str, Any]:
    """Return what an entry says beside who, what and when."""
    found: Mapping[str, Any] = orjson.loads(entry.detail)
    return found


def time_of(value: Any) -> datetime | None:
    """Read a time as entries write it."""
    return datetime.fromisoformat(value) if value is not None else None


def readable(
    entries: Sequence[AuditEntry], altered: Sequence[int], read: Callable[[AuditEntry], object]
) -> tuple[Sequence[AuditEntry], list[Difference]]:
    """Part entries that can be believed from those that are not as any broker writes them."""
    good, bad = [], list(altered)
    for entry in entries:
        try:
            read(entry)
        except (ValueError, TypeError, KeyError, AttributeError):
            bad.append(entry.sequence)
        else:
            good.append(entry)
    return good, [Difference("audit", ALTERED, MISSING, number) for number in sorted(bad)]


def value_of(row: AlertRecord | Incident, name: str) -> object:
    """Return a column of a row as the record has it."""
    if not name.endswith(DIGEST):
        return getattr(row, name)
    content = getattr(row, name.removesuffix(DIGEST))
    return digest_of(content.encode() if isinstance(content, str) else content)


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a text or document, in hex."""
    return hashlib.sha256(content).hexdigest()


def compared(where: str, told: Told, of_row: Callable[[str], object]) -> Iterator[Difference]:
    """Return where a row says something else than it is told."""
    for name, (value, entry) in told.items():
        own = of_row(name)
        if own != value:
            yield Difference(f"{where}.{name}", shown(own), shown(value), entry)


def shown(value: object) -> object:
    """Return a value as findings show it."""
    return value.isoformat() if isinstance(value, datetime) else value
