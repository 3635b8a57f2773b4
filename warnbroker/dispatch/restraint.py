"""What the engine refrains from sending to people, and which levels go out all the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from warnbroker.contracts.clock import Clock, SystemClock
from warnbroker.dispatch.quiet import quiet_until
from warnbroker.model.level import Level
from warnbroker.model.record import QUIET_HOURS, UPDATE_INTERVAL, Candidate, PlannedDelivery
from warnbroker.model.suppression import WISHES, SuppressionReason
from warnbroker.render.changes import Change

UNCHANGED = "unchanged"
"""Why an Update is not sent: it changes nothing for somebody who was told before."""

GRAVEST = 1


@dataclass(frozen=True, slots=True)
class Restraint:
    """The rules. ``override`` and ``at_any_hour`` are codes of levels, ``noisy`` channels.

    Levels of ``override`` go out in spite of what people wish, those of ``at_any_hour`` in
    quiet hours too; ``noisy`` channels wake people. At levels of ``coalesce`` an Update that
    changes nothing for somebody is not sent there, at those of ``update_interval`` one that
    does not press comes so long after what they were told last; the gravest always goes.
    """

    override: frozenset[str] = frozenset()
    at_any_hour: frozenset[str] = frozenset()
    noisy: frozenset[str] = frozenset()
    coalesce: frozenset[str] = frozenset()
    update_interval: Mapping[str, timedelta] = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    clock: Clock = field(default_factory=SystemClock)

    def in_spite_of(self, level: Level) -> frozenset[SuppressionReason]:
        """Return the suppressions that a warning of a level overrides."""
        return WISHES if level.code in self.override else frozenset()

    def in_peace(
        self, planned: PlannedDelivery, level: Level, change: Change, told_at: datetime
    ) -> PlannedDelivery:
        """Return a delivery of an Update with regard to what somebody was told before, and when.

        What changes nothing for them disturbs nobody, and what does not press waits until
        they have been left in peace for a while.
        """
        if planned.channel not in self.noisy or level.rank == GRAVEST:
            return planned
        if not change.concerns and level.code in self.coalesce:
            return replace(planned, withheld=UNCHANGED)
        interval = self.update_interval.get(level.code)
        if interval is None or change.presses:
            return planned
        due = told_at + interval
        if not (planned.due_at or self.clock.now()) < due < planned.expires:
            return planned
        return replace(planned, due_at=due, delayed_by=UPDATE_INTERVAL)

    def at_its_hour(
        self, planned: PlannedDelivery, level: Level, person: Candidate | None
    ) -> PlannedDelivery:
        """Return a delivery as it is to be planned with regard to somebody's quiet hours.

        It waits for their end; what does not hold until then is not sent where it would
        wake them.
        """
        hours = person.quiet_hours if person else ""
        if not hours or level.code in self.at_any_hour or planned.channel not in self.noisy:
            return planned
        until = quiet_until(hours, planned.due_at or self.clock.now(), self.zone)
        if until is None:
            return planned
        if until >= planned.expires:
            return replace(planned, withheld=QUIET_HOURS)
        return replace(planned, due_at=until, delayed_by=QUIET_HOURS)
