"""Hold every row of alerts, decisions and incidents against the record."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from warnbroker.contracts.conduct import CourseStore
from warnbroker.report.alert_testimony import alert_testimony
from warnbroker.report.incident_testimony import incident_testimony
from warnbroker.report.testimony import Difference


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A difference between a row and the record; ``subject`` is the alert or incident."""

    subject: str
    difference: Difference


async def contradictions(
    courses: CourseStore, told: Callable[[int], None] = lambda _number: None
) -> AsyncIterator[Contradiction]:
    """Stream what rows say otherwise; ``told`` is called with how far in the record it is."""
    async for page in courses.alerts():
        for course in page:
            for difference in alert_testimony(course).differences:
                yield Contradiction(course.subject, difference)
        told(max((course.entries[0].sequence for course in page if course.entries), default=0))
    async for reports in courses.incidents():
        for report in reports:
            for difference in incident_testimony(report).differences:
                yield Contradiction(report.subject, difference)
