"""Contingency plans, the drills that were held of them, and what came of these."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from warnbroker.model.level import in_language


class Outcome(StrEnum):
    """What a drill showed of its plan."""

    PASSED = "passed"
    SHORTCOMINGS = "shortcomings"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ContingencyPlan:
    """A plan: whose it is, for which hazard and region; ``document`` is where it is written.

    ``names`` are by language. A retired plan counts no more.
    """

    code: str
    authority: str
    names: Mapping[str, str]
    adopted_at: datetime
    hazard: str = ""
    region: str = ""
    document: str = ""
    retired: bool = False

    def name(self, language: str) -> str:
        """Return its name in a language, else its code."""
        return in_language(self.names, language) or self.code


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill of a plan.

    ``alert`` is the public id of the Exercise or Test that was sent, empty where none was:
    a table-top drill. ``person`` is who recorded it.
    """

    id: int
    plan_code: str
    alert: str
    held_at: datetime
    participants: int
    outcome: Outcome
    remarks: str
    person: str
    recorded_at: datetime

    def says_the_same(self, other: "Drill") -> bool:
        """Tell whether two records of a drill state the same."""
        return (self.participants, self.outcome, self.remarks) == (
            other.participants,
            other.outcome,
            other.remarks,
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of an authority's plans, how many were drilled in a time, and in how many drills."""

    authority: str
    plans: int
    drilled: int
    drills: int

    @property
    def share(self) -> float:
        """Return the share of plans that were drilled, 0 where there are none."""
        return self.drilled / self.plans if self.plans else 0.0
