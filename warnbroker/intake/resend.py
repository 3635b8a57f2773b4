"""An operator has one delivery sent again."""

from dataclasses import dataclass

from warnbroker.contracts.bus import Bus, lane_topic
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.evidence import EvidenceSink
from warnbroker.contracts.store import AuditStore, DeliveryStore
from warnbroker.errors import NotFoundError, ResendError
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.model.receipt import ENGINE, OPERATOR, TOLD, Evidence, Receipt, State
from warnbroker.model.record import History


@dataclass(frozen=True, slots=True)
class Resend:
    """Asks for one more attempt, by evidence like any other: twice said is once asked."""

    deliveries: DeliveryStore
    audit: AuditStore
    sink: EvidenceSink
    bus: Bus
    clock: Clock

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
        if history.state in TOLD:
            return "it has arrived; what it says is known there"
        if history.state in {State.QUEUED, State.CLAIMED, State.IN_FLIGHT}:
            return "it is on its way already; look again when it has ended"
        if history.state is State.SUPPRESSED:
            return "they asked not to be written to; lift that first (warnbroker suppressions)"
        if not history.attempts:
            return "it was never tried; its receipts say why"
        return ""
