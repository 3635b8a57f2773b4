"""What the engine refrains from sending to people, and which levels go out all the same."""

from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from warnbroker.contracts.clock import Clock, SystemClock
from warnbroker.dispatch.quiet import quiet_until
from warnbroker.model.level import Level
from warnbroker.model.record import Candidate, PlannedDelivery
from warnbroker.model.suppression import WISHES, SuppressionReason

QUIET_HOURS = "quiet_hours"
"""What delays a delivery, or is why it is not sent at all."""


@dataclass(frozen=True, slots=True)
class Restraint:
    """The rules. ``override`` and ``at_any_hour`` are codes of levels, ``noisy`` channels.

    Levels of ``override`` go out in spite of what people wish, those of ``at_any_hour`` in
    quiet hours too; ``noisy`` channels wake people.
    """

    override: frozenset[str] = frozenset()
    at_any_hour: frozenset[str] = frozenset()
    noisy: frozenset[str] = frozenset()
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    clock: Clock = field(default_factory=SystemClock)

    def in_spite_of(self, level: Level) -> frozenset[SuppressionReason]:
        """Return the suppressions that a warning of a level overrides."""
        return WISHES if level.code in self.override else frozenset()

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
        until = quiet_until(hours, self.clock.now(), self.zone)
        if until is None:
            return planned
        if until >= planned.expires:
            return replace(planned, withheld=QUIET_HOURS)
        return replace(planned, due_at=until, delayed_by=QUIET_HOURS)
