"""What the signed entries say of an incident, and where its rows say something else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from warnbroker.contracts.conduct import IncidentCourse
from warnbroker.model.incident import Incident
from warnbroker.model.record import AuditEntry
from warnbroker.report.testimony import (
    DIGEST,
    MISSING,
    PRESENT,
    Difference,
    compared,
    detail_of,
    digest_of,
    moment,
    readable,
    time_of,
    value_of,
)

UNREADABLE = "(not what was recorded)"
"""Stands for a text that the record knows by its hash alone."""


@dataclass(frozen=True, slots=True)
class IncidentTestimony:
    """An incident as the record tells it: its revisions, oldest first."""

    revisions: Sequence[Incident]
    differences: Sequence[Difference]


def incident_testimony(course: IncidentCourse) -> IncidentTestimony:
    """Hold an incident's revisions against the entries about it."""
    entries, found = readable(course.entries, course.altered, _read)
    rows = {item.revision: item for item in course.revisions}
    revisions: dict[int, Incident] = {}
    for entry in entries:
        told = dict(_facts(entry))
        number = int(str(told["revision"]))
        row, where = rows.get(number), f"incident.{number}"
        if row is None:
            found.append(Difference(where, MISSING, PRESENT, entry.sequence))
        else:
            stated = {name: (value, entry.sequence) for name, value in told.items()}
            found += compared(where, stated, partial(value_of, row))
        revisions[number] = _incident(int(course.subject), told, row)
    for number in sorted(rows.keys() - revisions.keys()):
        found.append(Difference(f"incident.{number}", PRESENT, MISSING))
        revisions[number] = rows[number]
    return IncidentTestimony([revisions[number] for number in sorted(revisions)], tuple(found))


def _read(entry: AuditEntry) -> object:
    return _incident(int(entry.subject), dict(_facts(entry)), None)


# The facts of an incident: the key in the entry, the column, and how its value is read.
_STATED: Sequence[tuple[str, str, Callable[[Any], object]]] = (
    ("revision", "revision", int),
    ("authority", "authority", str),
    ("person", "person", str),
    ("issuer", "issuer_id", int),
    ("hazard", "hazard", str),
    ("region", "region", str),
    ("occurred_at", "occurred_at", time_of),
    ("known_at", "known_at", time_of),
    ("figures", "figures", dict),
    ("text_sha256", "text_sha256", str),
    ("explanation_sha256", "explanation_sha256", str),
    ("warning", "warning_id", str),
)


def _facts(entry: AuditEntry) -> Iterator[tuple[str, object]]:
    detail = detail_of(entry)
    yield "reported_at", moment(entry)
    for key, column, read in _STATED:
        yield column, read(detail[key])


def _incident(number: int, told: Mapping[str, Any], row: Incident | None) -> Incident:
    """Build a revision of what the record tells; texts come from the row if they are the same."""
    values: dict[str, Any] = {
        name: value for name, value in told.items() if not name.endswith(DIGEST)
    }
    for name in ("text", "explanation"):
        own = getattr(row, name) if row is not None else ""
        values[name] = _text(own, told[f"{name}{DIGEST}"])
    return Incident(id=number, **values)


def _text(text: str, digest: str) -> str:
    if digest_of(text.encode()) == digest:
        return text
    return "" if digest == digest_of(b"") else UNREADABLE
