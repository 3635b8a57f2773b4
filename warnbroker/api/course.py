"""How an alert's way to release is shown."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from warnbroker.api.summary import clock_of, iso, summary
from warnbroker.intake.release.release import Course, Release
from warnbroker.model.decision import Act, Decision
from warnbroker.model.record import AlertRecord, AlertState


@dataclass(frozen=True, slots=True)
class CourseView:
    """Shows alerts with what people have decided about them, and the zone of their clocks."""

    release: Release
    time_zone: str = "UTC"

    async def brief(self, record: AlertRecord) -> dict[str, object]:
        """Return what the answer to a post says."""
        return self._summary(record, await self._approvals(record))

    async def listed(self, record: AlertRecord, language: str) -> dict[str, object]:
        """Return an alert as it stands in a list, with its timers; of what waits the place."""
        said = {"status": record.status} | await self._place(record, language)
        if not record.state.is_open:
            return self._summary(record, 0) | said | _timers(record)
        course = await self.release.course(record)
        timers = _timers(record, course.waiting_since)
        return self._summary(record, _needed(course)) | said | timers

    async def whole(self, record: AlertRecord, language: str) -> dict[str, object]:
        """Return an alert with its clock and its way to release; counts its people at first.

        What is to be typed is told in a language where the alert has it.
        """
        if record.state.is_open:
            record = await self.release.counted(record)
        course = await self.release.course(record)
        confirmation = await self.release.confirmation(record)
        return self._summary(record, _needed(course)) | {
            "status": record.status,
            "time_zone": self.time_zone,
            "scope": record.scope,
            "clock": clock_of(record),
            "release": {
                "flow": record.flow or self.release.policy.flow,
                "steps": _steps(course),
                "next": course.following.name if course.following else None,
                "people": record.people,
                "confirmation": asdict(confirmation.told_in(language)),
                "confirm": self.release.policy.confirm,
                "decisions": [_decision(item) for item in course.decisions],
            }
            | _timers(record, course.waiting_since),
        }

    async def _place(self, record: AlertRecord, language: str) -> dict[str, object]:
        # Only of those few that wait: it is read out of the message itself.
        if not record.state.is_open and record.countersign_by is None:
            return {}
        return {"place": (await self.release.confirmation(record)).told_in(language).area}

    def _summary(self, record: AlertRecord, needed: int) -> dict[str, object]:
        return summary(record, self.release.clock.now(), needed)

    async def _approvals(self, record: AlertRecord) -> int:
        return _needed(await self.release.course(record)) if record.state.is_open else 0


def _needed(course: Course) -> int:
    """Count the decisions that an alert still waits for."""
    if not course.record.state.is_open:
        return 0
    taken = {item.step for item in course.decisions if item.act is Act.APPROVE}
    left = sum(step.name not in taken for step in course.steps)
    return left + (course.record.state is AlertState.HELD)


def _timers(record: AlertRecord, since: datetime | None = None) -> dict[str, object]:
    return {
        "waiting_since": iso(since if record.state.is_open else None),
        "remind_at": iso(record.remind_at),
        "escalate_at": iso(record.escalate_at),
        "countersign_by": iso(record.countersign_by),
        "expires": iso(record.expires),
    }


def _steps(course: Course) -> Sequence[dict[str, object]]:
    composed = next((item for item in course.decisions if item.act is Act.COMPOSE), None)
    taken = {item.step: item for item in course.decisions if item.act is Act.APPROVE}
    return [
        _step("compose", ("issuer",), composed),
        *(_step(step.name, step.roles, taken.get(step.name)) for step in course.steps),
    ]


def _step(name: str, roles: Sequence[str], taken: Decision | None) -> dict[str, object]:
    return {
        "name": name,
        "roles": list(roles),
        "done_by": taken.person if taken else None,
        "at": iso(taken.at if taken else None),
    }


def _decision(made: Decision) -> dict[str, object]:
    return {
        "act": made.act,
        "step": made.step,
        "person": made.person,
        "at": iso(made.at),
        "reason": made.reason,
    }
