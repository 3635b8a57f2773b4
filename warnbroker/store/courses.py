"""Alerts and incidents as their rows and the record tell them, for reports."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, String, bindparam, cast, exists, func, select

from warnbroker.contracts.conduct import AlertCourse, IncidentCourse
from warnbroker.model.decision import Decision
from warnbroker.model.event import Event
from warnbroker.model.record import AuditEntry
from warnbroker.store import decision_rows
from warnbroker.store.alerts import record_of
from warnbroker.store.chain import Row, rows_about, rows_of
from warnbroker.store.database import Database
from warnbroker.store.incidents import incident_of
from warnbroker.store.registers import audit, decision, incident
from warnbroker.store.tables import Instant, alert, issuer

T = TypeVar("T")

PAGE = 200
BEGINNINGS = (Event.ALERT_ACCEPTED, Event.ALERT_WITHHELD)
"""One of these is the first entry about an alert."""

ABOUT_ALERTS = (
    *BEGINNINGS,
    Event.STEP_APPROVED,
    Event.ALERT_RELEASED,
    Event.ALERT_REJECTED,
    Event.ALERT_WITHDRAWN,
    Event.ALERT_LAPSED,
    Event.ALERT_SUPERSEDED,
    Event.ALERT_OVERRIDDEN,
    Event.ALERT_COUNTERSIGNED,
)
ABOUT_INCIDENTS = (Event.INCIDENT_RECORDED,)

_SINCE: Any = bindparam("since", type_=Instant)
_FIRST = select(func.min(audit.c.sequence)).where(audit.c.at >= _SINCE)
_ALERTS = select(
    alert, issuer.c.person.label("composer"), issuer.c.name.label("composer_name")
).outerjoin(issuer, issuer.c.id == alert.c.issuer_id)
_ALERT_KEY = alert.c.public_id
_INCIDENT_KEY = cast(incident.c.id, String)


class CourseTable:
    """Reads alerts and incidents with their history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def alerts(self, since: datetime | None = None) -> AsyncIterator[Sequence[AlertCourse]]:
        """Stream the alerts that came since a moment, None: all."""
        unknown = _unrecorded(_ALERT_KEY, alert.c.id, BEGINNINGS)
        if since is not None:
            unknown = unknown.where(alert.c.received_at >= since)
        async for page in self._pages(BEGINNINGS, since, unknown, _alerts):
            yield page

    async def incidents(
        self, since: datetime | None = None
    ) -> AsyncIterator[Sequence[IncidentCourse]]:
        """Stream incidents with a revision since a moment, whole; one may come twice."""
        unknown = _unrecorded(_INCIDENT_KEY, incident.c.id, ABOUT_INCIDENTS)
        if since is not None:
            unknown = unknown.where(incident.c.reported_at >= since)
        async for page in self._pages(ABOUT_INCIDENTS, since, unknown, _incidents):
            yield page

    async def _pages(
        self,
        events: Collection[str],
        since: datetime | None,
        unknown: Select[Any],
        of: Callable[[Connection, Collection[str]], Sequence[T]],
    ) -> AsyncIterator[Sequence[T]]:
        after = await self._database.read(partial(_before, since=since))
        while after is not None:
            after, page = await self._database.read(partial(_recorded, after, events, of))
            if page:
                yield page
        last = -1
        while True:
            found = await self._database.read(partial(_rows_without, last, unknown, of))
            if found is None:
                return
            last, page = found
            yield page


def _before(connection: Connection, since: datetime | None) -> int | None:
    """Return the number before the first entry since a moment, None where there is none."""
    if since is None:
        return -1
    # From there on by number alone, so that an entry that was dated back is not passed over.
    first: int | None = connection.execute(_FIRST, {"since": since}).scalar_one()
    return None if first is None else first - 1


def _recorded(
    after: int,
    events: Collection[str],
    of: Callable[[Connection, Collection[str]], Sequence[T]],
    connection: Connection,
) -> tuple[int | None, Sequence[T]]:
    rows = rows_of(connection, after, PAGE, events)
    subjects = dict.fromkeys(row.words[2] for row in rows if row.words is not None)
    last = rows[-1].sequence if rows else None
    return (last if isinstance(last, int) else None), of(connection, subjects) if subjects else ()


def _rows_without(
    after: int,
    unknown: Select[Any],
    of: Callable[[Connection, Collection[str]], Sequence[T]],
    connection: Connection,
) -> tuple[int, Sequence[T]] | None:
    rows = connection.execute(unknown, {"after": after}).all()
    if not rows:
        return None
    return rows[-1].id, of(connection, dict.fromkeys(row.subject for row in rows))


def _unrecorded(key: Any, number: Any, events: Collection[str]) -> Select[Any]:
    """Select the keys of rows that no entry begins, by number, after one."""
    known = exists().where(audit.c.subject == key, audit.c.event.in_(events))
    return (
        select(number.label("id"), key.label("subject"))
        .distinct()
        .where(number > bindparam("after"), ~known)
        .order_by(number)
        .limit(PAGE)
    )


def _alerts(connection: Connection, subjects: Collection[str]) -> Sequence[AlertCourse]:
    rows = connection.execute(_ALERTS.where(_ALERT_KEY.in_(subjects))).all()
    found = {row.public_id: row for row in rows}
    decided = _decisions(connection, [row.id for row in rows])
    entries = _entries(connection, subjects, ABOUT_ALERTS)
    return [
        AlertCourse(
            subject=subject,
            record=record_of(row) if row is not None else None,
            composer=(row.composer or row.composer_name or "") if row is not None else "",
            decisions=decided[row.id] if row is not None else {},
            entries=entries[subject][0],
            altered=entries[subject][1],
        )
        for subject, row in ((subject, found.get(subject)) for subject in subjects)
    ]


def _incidents(connection: Connection, subjects: Collection[str]) -> Sequence[IncidentCourse]:
    ids = [int(subject) for subject in subjects if subject.isascii() and subject.isdigit()]
    wanted = select(incident).where(incident.c.id.in_(ids)).order_by(incident.c.revision)
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(wanted):
        found[str(row.id)].append(incident_of(row))
    entries = _entries(connection, subjects, ABOUT_INCIDENTS)
    return [IncidentCourse(item, found[item], *entries[item]) for item in subjects]


def _decisions(connection: Connection, ids: Collection[int]) -> Mapping[int, dict[int, Decision]]:
    found: defaultdict[int, dict[int, Decision]] = defaultdict(dict)
    for row in connection.execute(select(decision).where(decision.c.alert_id.in_(ids))):
        found[row.alert_id][row.number] = decision_rows.decision_of(row)
    return found


def _entries(
    connection: Connection, subjects: Collection[str], events: Collection[str]
) -> Mapping[str, tuple[list[AuditEntry], list[int]]]:
    """Return the entries about each subject, and the numbers of those that were altered."""
    found: defaultdict[str, tuple[list[AuditEntry], list[int]]] = defaultdict(lambda: ([], []))
    for row in rows_about(connection, subjects, events):
        entry = _entry(row)
        if entry is not None:
            found[entry.subject][0].append(entry)
        elif row.words is not None and isinstance(row.sequence, int):
            found[row.words[2]][1].append(row.sequence)
    return found


def _entry(row: Row) -> AuditEntry | None:
    """Return an entry that is what its hash was made of, None for another."""
    if not isinstance(row.sequence, int) or not isinstance(row.previous_hash, bytes):
        return None
    if row.words is None or row.at is None or not isinstance(row.hash, bytes):
        return None
    if row.hashed(row.sequence, row.previous_hash) != row.hash:
        return None
    actor, event, subject, detail, *origin = row.words
    return AuditEntry(
        row.sequence,
        row.at,
        actor,
        event,
        subject,
        detail,
        origin[0] if origin else None,
        row.previous_hash,
        row.hash,
        row.signature if isinstance(row.signature, bytes) else None,
    )
