"""What may be recorded of contingency plans and of their drills."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from warnbroker.contracts.drills import Period
from warnbroker.contracts.store import AlertStore
from warnbroker.errors import Fault, ReportError
from warnbroker.model.contingency import ContingencyPlan, Drill

LONGEST = {"code": 100, "authority": 100, "hazard": 100, "region": 100, "document": 1_000}
LONGEST_REMARKS = 10_000
MOST_PARTICIPANTS = 1_000_000_000


def judge_plan(plan: ContingencyPlan) -> None:
    """Let a plan pass that can be told apart from others.

    Raises:
        ReportError: it has no code, authority or name, or one is too long; all are named.
    """
    faults = [
        Fault("plan.form", f"{name} has {most} printable characters at most", name)
        for name, most in LONGEST.items()
        if len(getattr(plan, name)) > most or not getattr(plan, name).isprintable()
    ]
    faults += [
        Fault("plan.form", f"{name} is empty; say it", name)
        for name in ("code", "authority")
        if not getattr(plan, name).strip()
    ]
    if not any(name.strip() for name in plan.names.values()):
        faults.append(Fault("plan.form", "give the plan a name in a language at least", "names"))
    if faults:
        raise ReportError(faults)


@dataclass(frozen=True, slots=True)
class DrillRules:
    """Looks whether a drill can have been held as it is told."""

    alerts: AlertStore

    async def judge(self, drill: Drill) -> None:
        """Let a drill pass.

        Raises:
            ReportError: it lies ahead, nobody took part, or its alert was no drill that left.
        """
        faults = [*_form(drill), *await self._alert(drill)]
        if faults:
            raise ReportError(faults)

    async def _alert(self, drill: Drill) -> list[Fault]:
        if not drill.alert:
            return []
        record = await self.alerts.find(drill.alert)
        if record is None:
            return [Fault("drill.alert", "there is no alert of this id", "alert")]
        if not record.standing.is_drill:
            text = f"the alert is {record.status}; a drill is an Exercise or a Test"
            return [Fault("drill.alert", text, "alert")]
        if not record.state.is_released:
            return [Fault("drill.alert", "the alert was not released, so nobody got it", "alert")]
        return []


def _form(drill: Drill) -> Iterator[Fault]:
    if drill.held_at > drill.recorded_at:
        yield Fault("drill.time", "the drill lies ahead; record it when it was held", "held_at")
    if not 0 < drill.participants <= MOST_PARTICIPANTS:
        yield Fault("drill.form", "participants must be one at least", "participants")
    if len(drill.remarks) > LONGEST_REMARKS:
        text = f"remarks have {LONGEST_REMARKS} characters at most"
        yield Fault("drill.form", text, "remarks")


def year_of(year: int, of_zone: datetime) -> Period:
    """Return a calendar year in the zone of an instant."""
    begin = of_zone.replace(
        year=year, month=1, day=1, hour=0, minute=0, second=0, microsecond=0, fold=0
    )
    return Period(begin, begin.replace(year=year + 1))
