"""What the register of plans and drills asks of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from warnbroker.model.actor import Actor
from warnbroker.model.contingency import ContingencyPlan, Coverage, Drill


@dataclass(frozen=True, slots=True)
class Period:
    """A time from one instant to another, which is no more part of it."""

    begin: datetime
    end: datetime


class DrillStore(Protocol):
    """Contingency plans and their drills."""

    async def keep_plan(self, plan: ContingencyPlan, *, actor: Actor, at: datetime) -> bool:
        """Write a plan with its audit entry, or change it; return whether that changed anything.

        Raises:
            ForbiddenError: the plan is another authority's.
        """
        ...

    async def plan(self, code: str) -> ContingencyPlan | None:
        """Return a plan."""
        ...

    async def plans(self, after: str, limit: int) -> Sequence[ContingencyPlan]:
        """Return plans by code, after one."""
        ...

    async def record(self, drill: Drill, *, actor: Actor) -> Drill:
        """Write a drill with its audit entry, once; return it, or the same recorded before.

        Raises:
            NotFoundError: there is no such plan.
            ConflictError: that drill was recorded with another outcome.
        """
        ...

    async def drills(
        self, *, plan: str, period: Period | None, after: int, limit: int
    ) -> Sequence[Drill]:
        """Return drills by id, after one; empty ``plan``: of all."""
        ...

    async def coverage(self, period: Period) -> Sequence[Coverage]:
        """Return by authority how many of its plans were drilled.

        Plans count that were adopted before the end of the period and are not retired.
        """
        ...
