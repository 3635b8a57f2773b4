"""Suppression: an address that is not to be written to, why, and since when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from warnbroker.model.receipt import AttemptKey, Reason

EVERY_CHANNEL = ""
"""The scope of a suppression that holds on all channels."""


class SuppressionReason(StrEnum):
    """Why an address is suppressed; the most binding stands first.

    ``BLOCKED``: the provider refuses it, such as a carrier that was told STOP.
    """

    OPERATOR = "operator"
    BLOCKED = "blocked"
    HARD_BOUNCE = "hard_bounce"
    STOP = "stop"
    UNSUBSCRIBE = "unsubscribe"
    COMPLAINT = "complaint"

    @property
    def as_evidence(self) -> Reason:
        """Return the reason that a delivery shows which was not tried for it."""
        return _SHOWN.get(self, Reason.OPTED_OUT)


_SHOWN = {
    SuppressionReason.OPERATOR: Reason.POLICY,
    SuppressionReason.HARD_BOUNCE: Reason.RECIPIENT,
}
WISHES = frozenset(
    {SuppressionReason.STOP, SuppressionReason.UNSUBSCRIBE, SuppressionReason.COMPLAINT}
)
"""What people want, and what the law lets a grave warning or a correction override."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """One suppression, standing until it is lifted; ``source`` is who or what made it."""

    id: int
    address_kind: str
    scope: str
    reason: SuppressionReason
    source: str
    since: datetime
    lifted_at: datetime | None = None
    lifted_by: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants of one address: to be suppressed for a reason, or None to lift.

    The address is given in clear, or by the delivery that went to it; where both are given and
    differ it is nobody's. ``scope`` is a channel or ``EVERY_CHANNEL``; a request to lift lifts
    both.
    """

    channel: str
    address_kind: str
    address: str
    reason: SuppressionReason | None
    scope: str
    ref: str = ""
    key: AttemptKey | None = None
