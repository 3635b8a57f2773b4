"""Look at all that is on record, let every rule judge it, and keep what they see."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import shapely

from warnbroker.cap import parse_xml
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.conduct import (
    AlertCourse,
    AuditReader,
    CourseStore,
    FindingStore,
    IncidentStore,
)
from warnbroker.contracts.store import RegionStore
from warnbroker.errors import WarnbrokerError
from warnbroker.model.alert import Alert
from warnbroker.model.finding import Finding
from warnbroker.model.incident import Incident
from warnbroker.report import rules
from warnbroker.report.facts import Course, Limits, Report
from warnbroker.targeting import RegionTree

LOOK_BACK = timedelta(days=90)
"""How far back everything is looked at where nobody says."""

LONGEST = timedelta(days=30)
"""An alert that came this long before may still have warned of what was reported."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """Examines conduct; ``authority`` answers for regions that name none.

    ``hazards`` maps codes of the hazard register to their names. ``contradicted`` returns
    the number of an anchored entry that the record lacks, None where it lacks none.
    """

    courses: CourseStore
    incidents: IncidentStore
    findings: FindingStore
    audit: AuditReader
    regions: RegionStore
    hazards: Mapping[str, frozenset[str]]
    authority: str
    limits: Limits
    clock: Clock
    contradicted: Callable[[], Awaitable[int | None]]

    async def examine(self, since: datetime | None = None) -> None:
        """Keep what the rules see in all that happened since a moment."""
        now = self.clock.now()
        since = since or now - LOOK_BACK
        tree = RegionTree(await self.regions.all())
        found = await self.courses.courses(since - LONGEST)
        reports = [
            _report(item, tree, self.authority) for item in await self.incidents.since(since)
        ]
        courses = await asyncio.to_thread(self._courses, found, tree)
        recent = [course for course in courses if course.record.received_at >= since]
        seen = [
            *self._of_reports(reports, courses, now),
            *self._of_alerts(recent, courses, now),
            *await self._of_record(),
        ]
        await self.findings.keep(seen, now)

    def _of_reports(
        self, reports: Sequence[Report], courses: Sequence[Course], now: datetime
    ) -> Iterator[Finding]:
        for report in reports:
            yield from rules.late_report(report, self.limits)
            yield from rules.unwarned_incident(report, courses, self.limits, now)
            yield from rules.figures_fell(report)
            yield from rules.times_moved(report)
            yield from rules.reported_elsewhere(report, reports, self.limits, now)

    def _of_alerts(
        self, recent: Sequence[Course], courses: Sequence[Course], now: datetime
    ) -> Iterator[Finding]:
        for course in recent:
            yield from rules.unwarned_relay(course, courses, self.limits, now)
            yield from rules.late_release(course, self.limits, now)
            yield from rules.false_warning(course, courses)

    async def _of_record(self) -> Sequence[Finding]:
        standing = await self.audit.standing()
        contradicted = await self.contradicted()
        return list(rules.record_broken(standing.entries, standing.newest, contradicted))

    def _courses(self, found: Sequence[AlertCourse], tree: RegionTree) -> list[Course]:
        return [_course(item, tree, self.hazards) for item in found]


def _course(item: AlertCourse, tree: RegionTree, hazards: Mapping[str, frozenset[str]]) -> Course:
    touched = _touched(item.record.area, tree)
    parents = {region.code for code in touched for region in tree.ancestors(code)}
    return Course(
        record=item.record,
        composer=item.composer,
        decisions=item.decisions,
        regions=touched,
        places=touched - parents,
        hazards=_hazards(item.record.document, hazards),
    )


def _touched(area: bytes, tree: RegionTree) -> frozenset[str]:
    if not area:
        return frozenset()
    return frozenset(region.code for region in tree.touching(shapely.from_wkb(area)))


def _hazards(document: bytes, register: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return what an alert warns of: its own words, and the codes of our register for them."""
    try:
        alert: Alert = parse_xml(document, limit=len(document) + 1)
    except WarnbrokerError:  # a relayed message that cannot be read warns of nothing we know
        return frozenset()
    words = {
        word
        for info in alert.infos
        for word in (info.event, *(code.value for code in info.event_codes))
    }
    codes = {code for code, names in register.items() if code in words or names & words}
    return frozenset(words | codes)


def _report(revisions: Sequence[Incident], tree: RegionTree, authority: str) -> Report:
    code = revisions[0].region
    region = tree.get(code)
    around = [*([region] if region else []), *tree.ancestors(code)]
    responsible = next((item.authority for item in around if item.authority), authority)
    below = [item.code for item in tree.descendants(code)]
    return Report(
        revisions=revisions,
        responsible=responsible,
        around=frozenset([code, *(item.code for item in around), *below]),
    )
