"""What people decide about an alert, judged and written in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from warnbroker.errors import WarnbrokerError
from warnbroker.model.actor import Actor
from warnbroker.model.decision import Decision
from warnbroker.model.event import Event
from warnbroker.model.record import AlertRecord, IssuerRecord


@dataclass(frozen=True, slots=True)
class Situation:
    """An alert as it stands at the moment of a decision.

    ``composer`` is who issued it, as known now; ``cancelled_by`` is the public id of a
    released Cancel of the warning that it would change, None where there is none. ``graver``
    names what it would lower that was released after it came in, None where nothing was.
    """

    record: AlertRecord
    decisions: Sequence[Decision]
    composer: IssuerRecord
    cancelled_by: str | None = None
    graver: str | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a decision comes to: columns of the alert to change, and entries for the record.

    Where there is a decision, the first entry is about it. ``refusal`` is raised once the
    rest is committed. With ``releases`` the earlier alerts that it ends are stopped, as the
    ledger has them at that moment.
    """

    entries: Sequence[tuple[Event, Mapping[str, object]]]
    decision: Decision | None = None
    changes: Mapping[str, object] = field(default_factory=dict)
    releases: bool = False
    refusal: WarnbrokerError | None = None


Judge = Callable[[Situation], Ruling]


class DecisionStore(Protocol):
    """Decisions about alerts, and the timers of those that wait."""

    async def of(self, alert_id: int) -> Sequence[Decision]:
        """Return the decisions about an alert, oldest first."""
        ...

    async def decide(
        self, alert_id: int, judge: Judge, *, actor: Actor, at: datetime
    ) -> AlertRecord:
        """Let a function judge an alert as it stands, and write what it rules; return the alert.

        One transaction: of two who decide at once the second sees what the first has done.

        Raises:
            NotFoundError: there is no such alert.
            WarnbrokerError: the ruling's refusal; its entries are kept.
        """
        ...

    async def due(self, now: datetime) -> Sequence[AlertRecord]:
        """Return alerts with a timer that has run out: reminder, escalation, expiry, signature."""
        ...
