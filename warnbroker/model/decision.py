"""A decision: what one person said about an alert before or after it left."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Act(StrEnum):
    """What was decided."""

    COMPOSE = "compose"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    OVERRIDE = "override"
    COUNTERSIGN = "countersign"
    ADMIT = "admit"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision; ``step`` names the step of the release chain that an approval took.

    ``origin`` is from where it came (an address, or the command line).
    """

    alert_id: int
    act: Act
    issuer_id: int
    person: str
    at: datetime
    step: str = ""
    reason: str = ""
    origin: str = ""
