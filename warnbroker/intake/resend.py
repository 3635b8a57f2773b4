"""An operator has one delivery sent again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from warnbroker.contracts.bus import Bus, lane_topic
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.evidence import EvidenceSink
from warnbroker.contracts.store import AuditStore, DeliveryStore
from warnbroker.errors import NotFoundError, ResendError
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.model.ladder import DOOR
from warnbroker.model.receipt import ENGINE, OPERATOR, TOLD, Evidence, Receipt, State
from warnbroker.model.record import History

_LIFT = "lift that first (warnbroker suppressions), and what comes next goes out"
_SUPPRESSED: Mapping[str, str] = {
    "quiet_hours": "it would have come in their quiet hours; nothing to lift",
    "unchanged": "nothing changed for them; nothing to lift",
    "operator": f"an operator suppressed it; {_LIFT}",
    "blocked": f"the provider refuses to write to them; {_LIFT}",
    "hard_bounce": f"their address is gone, or was when it was last tried; {_LIFT}",
}
"""Why something was not tried, by the code of the evidence."""


@dataclass(frozen=True, slots=True)
class Resend:
    """Asks for one more attempt, by evidence like any other: twice said is once asked.

    ``lanes`` are the channels that something is sent on.
    """

    deliveries: DeliveryStore
    audit: AuditStore
    sink: EvidenceSink
    bus: Bus
    clock: Clock
    lanes: Collection[str]

    async def again(self, delivery_id: int, actor: Actor) -> History:
        """Have a delivery sent again at once; return it as it stands then.

        Raises:
            NotFoundError: there is none.
            ResendError: it has arrived, is under way or waits already, or its alert is over.
            StoreError: the database refused; nothing was changed.
        """
        history = await self.find(delivery_id)
        if refused := self._refusal(history):
            raise ResendError(refused)
        receipt = Receipt(State.UNKNOWN, ENGINE, provider_ref=actor.name, code=OPERATOR)
        await self.sink.record([Evidence(history.key(history.attempts[-1].number), receipt)])
        await self.audit.append(
            actor, Event.DELIVERY_RESENT, history.alert, {"delivery": str(history.id)}
        )
        await self.bus.announce(lane_topic(history.channel))
        return await self.find(delivery_id)

    async def find(self, delivery_id: int) -> History:
        """Return a delivery.

        Raises:
            NotFoundError: there is none.
        """
        found = await self.deliveries.find(delivery_id)
        if found is None:
            raise NotFoundError(f"there is no delivery {delivery_id}")
        return found

    def _refusal(self, history: History) -> str:
        """Return why a delivery is not sent again, empty if it may be."""
        if history.stopped or history.expires <= self.clock.now():
            return "its alert is over: nothing of it may leave any more"
        if history.channel == DOOR:
            return "somebody goes there; answer on the list"
        if history.channel not in self.lanes:
            return f"nothing is sent on {history.channel} here; set the channel up first"
        return _refusal_of(history)


def _refusal_of(history: History) -> str:
    if history.state in TOLD:
        return "it has arrived; what it says is known there"
    if history.state in {State.QUEUED, State.CLAIMED, State.IN_FLIGHT}:
        return _wait_of(history)
    if history.state is State.SUPPRESSED:
        return _suppression_of(history)
    return "" if history.attempts else "it was never tried; its receipts say why"


def _wait_of(history: History) -> str:
    if history.state is not State.QUEUED or not history.delayed_by:
        return "it is on its way already; look again when it has ended"
    until = f" until {history.due_at:%Y-%m-%d %H:%M:%S} UTC" if history.due_at else ""
    return f"it waits for {history.delayed_by}{until}, and goes by itself then"


def _suppression_of(history: History) -> str:
    codes = [said.code for _, said in history.receipts if said.state is State.SUPPRESSED]
    known = next((_SUPPRESSED[code] for code in reversed(codes) if code in _SUPPRESSED), "")
    return known or f"they asked not to be written to; {_LIFT}"
