"""What the deliveries of an alert say, and how real it is: prepared once, kept at hand."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from warnbroker.contracts.channel import Channel
from warnbroker.contracts.store import AlertStore, DeliveryStore
from warnbroker.dispatch.publish import Publisher
from warnbroker.errors import PermanentSendError, WarnbrokerError
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.receipt import Reason
from warnbroker.model.record import ClaimedDelivery
from warnbroker.model.standing import Standing

KEPT_ALERTS = 256


class NotReleasedError(WarnbrokerError):
    """An alert may not leave yet."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An alert that its channel is ready for: its messages by id, and its standing."""

    messages: Mapping[int, Message]
    standing: Standing


@dataclass(slots=True)
class Texts:
    """The alerts of one channel, each prepared before its first delivery leaves."""

    channel: Channel
    alerts: AlertStore
    deliveries: DeliveryStore
    publisher: Publisher
    _prepared: dict[int, asyncio.Task[Prepared]] = field(default_factory=dict)
    _ready: dict[int, Prepared] = field(default_factory=dict)

    def at_hand(self, item: ClaimedDelivery) -> tuple[Message, Standing] | None:
        """Return a delivery's text and its alert's standing, if its alert is prepared."""
        kept = self._ready.get(item.alert_id)
        message = kept.messages.get(item.message_id) if kept else None
        return (message, kept.standing) if kept and message else None

    async def of(self, item: ClaimedDelivery) -> tuple[Message, Standing]:
        """Return a delivery's text and its alert's standing; prepare the alert at first.

        Raises:
            SendError: the alert may not leave, or cannot be prepared now.
            StoreError: the database refused.
        """
        try:
            kept = await self._prepare(item.alert_id)
        except NotReleasedError:
            return await self._aside(item)
        message = kept.messages.get(item.message_id)
        return (message, kept.standing) if message else await self._aside(item)

    async def _aside(self, item: ClaimedDelivery) -> tuple[Message, Standing]:
        # What offices get is rendered apart from the alert's own texts, maybe before them.
        kept = await self.deliveries.load_messages(item.alert_id)
        message = next(found for found in kept if found.id == item.message_id)
        record = await self.alerts.get(item.alert_id)
        if message.kind is MessageKind.REMINDER and not record.state.is_open:
            raise PermanentSendError(Reason.SUPERSEDED, "it has been decided")
        return message, record.standing

    async def _prepare(self, alert_id: int) -> Prepared:
        task = self._prepared.get(alert_id)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.create_task(self._prepare_once(alert_id))
            self._prepared[alert_id] = task
            while len(self._prepared) > KEPT_ALERTS:
                forgotten = next(iter(self._prepared))
                self._prepared.pop(forgotten)
                self._ready.pop(forgotten, None)
        return await asyncio.shield(task)

    async def _prepare_once(self, alert_id: int) -> Prepared:
        record = await self.alerts.get(alert_id)
        if not record.state.is_released:
            # Nothing may be made of it yet; people are only reminded of it.
            raise NotReleasedError("it waits for people")
        draft = await self.publisher.draft(record)
        await self.channel.prepare(self.publisher.of_channel(draft, self.channel.name))
        ready = Prepared({item.id: item for item in draft.messages}, record.standing)
        self._ready[alert_id] = ready
        return ready
