"""What reports on conduct ask of the ledger."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from warnbroker.model.actor import Actor
from warnbroker.model.decision import Decision
from warnbroker.model.event import Event
from warnbroker.model.finding import Finding, FindingRecord, Ruling
from warnbroker.model.incident import Incident
from warnbroker.model.record import AlertRecord, AuditEntry, AuditFilter


@dataclass(frozen=True, slots=True)
class AlertCourse:
    """An alert as its rows tell it, beside the entries about it, oldest first.

    ``record`` is None where there is no row; ``composer`` is who holds the key that issued it
    now, ``decisions`` come under their numbers. ``altered`` are the numbers of entries that
    are not what their hash was made of; they are not among ``entries``.
    """

    subject: str
    record: AlertRecord | None
    composer: str
    decisions: Mapping[int, Decision]
    entries: Sequence[AuditEntry]
    altered: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class IncidentCourse:
    """An incident's revisions as their rows tell them, beside the entries about it."""

    subject: str
    revisions: Sequence[Incident]
    entries: Sequence[AuditEntry]
    altered: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How many entries the record has, and the number of the last one."""

    entries: int
    newest: int


class AuditReader(Protocol):
    """The record, to be read and added to."""

    async def entries(
        self, after: int = 0, limit: int = 1000, wanted: AuditFilter | None = None
    ) -> Sequence[AuditEntry]:
        """Return entries in order, after a sequence number; ``wanted`` leaves some out."""
        ...

    async def append(
        self, actor: Actor, event: Event, subject: str, detail: Mapping[str, object]
    ) -> None:
        """Add an entry."""
        ...

    async def standing(self) -> Standing:
        """Count the entries."""
        ...


class IncidentStore(Protocol):
    """Reports of incidents; each revision stays."""

    async def report(self, incident: Incident, *, actor: Actor) -> Incident:
        """Write a report with its audit entry; return it, or the same one made before.

        A report with the facts and words of an earlier first revision by the same issuer
        is that one: its sender did not get our answer.
        """
        ...

    async def revise(self, incident: Incident, *, actor: Actor) -> Incident:
        """Write a revision under the next number with its audit entry; return it.

        The newest revision is returned where it says the same.

        Raises:
            NotFoundError: there is no such incident.
            ForbiddenError: another authority reported it.
        """
        ...

    async def page(self, *, authority: str, after: int, limit: int) -> Sequence[Sequence[Incident]]:
        """Return incidents with their revisions by id, after one; empty authority: of all."""
        ...


class FindingStore(Protocol):
    """What the rules saw, and what people decided about it."""

    async def keep(self, findings: Iterable[Finding], now: datetime) -> None:
        """Write what is new, and renew what nobody has decided yet; nothing is removed."""
        ...

    async def page(
        self, *, kind: str, ruling: str | None, since: datetime | None, after: str, limit: int
    ) -> Sequence[FindingRecord]:
        """Return findings by id, after one; ``ruling`` None: decided or not."""
        ...

    async def decide(
        self, finding_id: str, ruling: Ruling, remark: str, *, person: str, actor: Actor
    ) -> FindingRecord:
        """Write a person's decision with its audit entry, once; return the finding.

        Raises:
            NotFoundError: there is no such finding.
            ForbiddenError: it is the person's own conduct.
            ConflictError: somebody has decided otherwise.
        """
        ...


class CourseStore(Protocol):
    """What rows tell of alerts and incidents, beside what the record tells of them.

    Each page is one short read. What is there begins with what the record has, in its order;
    then come rows that the record does not know.
    """

    def alerts(self, since: datetime | None = None) -> AsyncIterator[Sequence[AlertCourse]]:
        """Stream the alerts that came since a moment, None: all."""
        ...

    def incidents(self, since: datetime | None = None) -> AsyncIterator[Sequence[IncidentCourse]]:
        """Stream incidents with a revision since a moment, whole; one may come twice."""
        ...
