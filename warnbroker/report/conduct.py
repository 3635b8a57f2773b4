"""Look at all that is on record, let every rule judge it, and keep what they see.

Times, states and people are those of the signed entries; rows add what nobody decided.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import shapely

from warnbroker.cap import parse_xml
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.conduct import (
    AlertCourse,
    AuditReader,
    CourseStore,
    FindingStore,
    IncidentCourse,
)
from warnbroker.contracts.store import RegionStore
from warnbroker.errors import WarnbrokerError
from warnbroker.model.alert import Alert
from warnbroker.model.finding import Finding
from warnbroker.model.incident import Incident
from warnbroker.model.record import AlertRecord
from warnbroker.report import rules
from warnbroker.report.alert_testimony import AlertTestimony, alert_testimony
from warnbroker.report.facts import Course, Limits, Report
from warnbroker.report.incident_testimony import incident_testimony
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
        seen: list[Finding] = []
        courses: list[Course] = []
        async for page in self.courses.alerts(since - LONGEST):
            courses += await asyncio.to_thread(self._heard, page, tree, seen)
        reports: dict[str, Report] = {}
        async for told in self.courses.incidents(since):
            reports |= self._reports(told, tree, seen)
        recent = [course for course in courses if course.record.received_at >= since]
        seen += self._of_reports([*reports.values()], courses, now)
        seen += self._of_alerts(recent, courses, now)
        seen += await self._of_record()
        await self.findings.keep(seen, now)

    def _heard(
        self, page: Sequence[AlertCourse], tree: RegionTree, seen: list[Finding]
    ) -> list[Course]:
        """Return alerts as the record tells them; note where their rows tell otherwise."""
        found: list[Course] = []
        for item in page:
            told = alert_testimony(item)
            people = [told.composer, *(decision.person for decision in told.decisions)]
            named = [*dict.fromkeys(filter(None, people))]
            seen += rules.record_contradicted(item.subject, told.differences, named)
            if told.record is not None:
                found.append(_course(told, told.record, tree, self.hazards))
        return found

    def _reports(
        self, page: Sequence[IncidentCourse], tree: RegionTree, seen: list[Finding]
    ) -> dict[str, Report]:
        found: dict[str, Report] = {}
        for item in page:
            told = incident_testimony(item)
            people = [*dict.fromkeys(entry.person for entry in told.revisions if entry.person)]
            seen += rules.record_contradicted(item.subject, told.differences, people)
            if told.revisions:
                found[item.subject] = _report(told.revisions, tree, self.authority)
        return found

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


def _course(
    told: AlertTestimony,
    record: AlertRecord,
    tree: RegionTree,
    hazards: Mapping[str, frozenset[str]],
) -> Course:
    touched = _touched(record.area, tree)
    parents = {region.code for code in touched for region in tree.ancestors(code)}
    return Course(
        # What is long was looked at; many alerts are held at once.
        record=replace(record, document=b"", received=b"", area=b""),
        composer=told.composer,
        decisions=told.decisions,
        regions=touched,
        places=touched - parents,
        hazards=_hazards(record.document, hazards),
    )


def _touched(area: bytes, tree: RegionTree) -> frozenset[str]:
    if not area:
        return frozenset()
    try:
        found = shapely.from_wkb(area)
    except shapely.errors.ShapelyError:  # somebody bent the row, which is a finding of its own
        return frozenset()
    return frozenset(region.code for region in tree.touching(found))


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
