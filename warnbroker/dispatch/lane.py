"""A lane: everything one channel has to send, the gravest first, a bounded number at once."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from warnbroker.contracts.bus import Bus, lane_topic
from warnbroker.contracts.channel import Channel
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.evidence import EvidenceSink
from warnbroker.contracts.store import AlertStore, DeliveryStore
from warnbroker.dispatch.attempt import attempt, receipt_of
from warnbroker.dispatch.publish import Publisher
from warnbroker.dispatch.stock import Stock
from warnbroker.errors import PermanentSendError, SendError, StoreError, WarnbrokerError
from warnbroker.log import log
from warnbroker.model.delivery import Delivery
from warnbroker.model.event import Event
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt, State
from warnbroker.model.record import ClaimedDelivery
from warnbroker.model.standing import Standing

KEPT_ALERTS = 256
MOST_UNRECORDED = 2_000
PATIENCE = 0.02
"""Seconds that free connections wait for others, so that a commit serves many."""

Messages = Mapping[int, Message]


class NotReleasedError(WarnbrokerError):
    """An alert may not leave yet."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a lane works: rows per claim, and times in seconds.

    ``answer`` is how long one send may take before its outcome counts as unknown.
    """

    claim: int = 500
    lease: float = 60.0
    sweep: float = 1.0
    answer: float = 900.0


@dataclass(slots=True)
class Lane:
    """Claims, commits the intent, sends, hands on the evidence."""

    channel: Channel
    alerts: AlertStore
    deliveries: DeliveryStore
    publisher: Publisher
    sink: EvidenceSink
    bus: Bus
    clock: Clock
    owner: str
    pace: Pace = field(default_factory=Pace)
    _stock: Stock = field(init=False)
    _sending: set[asyncio.Task[None]] = field(default_factory=set)
    _free_enough: asyncio.Event = field(default_factory=asyncio.Event)
    _busy_at_most: int = 0
    _unrecorded: list[Evidence] = field(default_factory=list)
    _recording: asyncio.Task[None] | None = None
    _prepared: dict[int, asyncio.Task[Messages]] = field(default_factory=dict)
    _standings: dict[int, Standing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with an empty stock."""
        name, pace = self.channel.name, self.pace
        self._stock = Stock(self.deliveries, self.clock, name, self.owner, pace.claim, pace.lease)

    async def run(self) -> None:
        """Send until cancelled; then finish what is on the wire and give back what is held."""
        try:
            while True:
                await self._turn()
        finally:
            await asyncio.shield(self._wind_up())

    async def _turn(self) -> None:
        try:
            await self._room()
            batch = await self._stock.take(self.channel.concurrency - len(self._sending))
            if batch:
                await self._start(batch)
            else:
                await self.bus.wait(lane_topic(self.channel.name), self.pace.sweep)
        except WarnbrokerError as error:
            # The rows stay; the lane goes on when the store is back.
            log.error(Event.STEP_FAILED, step="lane", channel=self.channel.name, error=str(error))
            await self.clock.sleep(self.pace.sweep)

    async def _room(self) -> None:
        most = self.channel.concurrency
        await self._until_busy(most - 1)
        # Half the connections free make a batch worth its commit; one free must not wait long.
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._until_busy(most // 2)
        # A ledger that cannot keep up must slow the lane, not fill the memory.
        if self._recording and len(self._unrecorded) > MOST_UNRECORDED:
            await asyncio.wait([self._recording])

    async def _until_busy(self, most: int) -> None:
        self._busy_at_most = most
        while len(self._sending) > most:
            self._free_enough.clear()
            await self._free_enough.wait()

    async def _start(self, batch: Sequence[ClaimedDelivery]) -> None:
        now = self.clock.now()
        answer_by = now + timedelta(seconds=self.pace.answer)
        try:
            begun = await self.deliveries.begin(batch, self.owner, now, answer_by)
        except StoreError:
            self._stock.put_back(batch)
            raise
        for item in begun:
            task = asyncio.create_task(self._send(item))
            self._sending.add(task)
            task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if len(self._sending) <= self._busy_at_most:
            self._free_enough.set()

    async def _send(self, item: ClaimedDelivery) -> None:
        key = AttemptKey(item.alert, item.id, item.attempts + 1)
        try:
            message, standing = await self._message(item), await self._standing(item.alert_id)
            delivery = self._delivery(item, key, message, standing)
        except SendError as error:
            receipt = receipt_of(self.channel.name, error)
        except Exception as error:  # nothing was sent; whatever is wrong may pass
            log.exception(Event.CHANNEL_FAULT, channel=self.channel.name, step="prepare")
            receipt = Receipt(
                State.FAILED_TEMP,
                self.channel.name,
                reason=Reason.FAULT,
                code=type(error).__name__,
            )
        else:
            receipt = await attempt(self.channel, delivery)
        # The connection is free again; what came of it is written down beside the next send.
        self._unrecorded.append(Evidence(key, receipt))
        if self._recording is None:
            self._recording = asyncio.create_task(self._record())

    async def _record(self) -> None:
        try:
            while self._unrecorded:
                evidence, self._unrecorded = self._unrecorded, []
                await self._keep(evidence)
        finally:
            self._recording = None

    async def _keep(self, evidence: Sequence[Evidence]) -> None:
        while True:
            try:
                return await self.sink.record(evidence)
            except StoreError as error:
                # What came of a send must not be lost to a database that is busy for a moment.
                log.error(Event.STEP_FAILED, step="record", error=str(error))
                await self.clock.sleep(self.pace.sweep)
            except Exception as error:  # the sweep finds the deliveries that it was about
                log.exception(Event.STEP_FAILED, step="record", error=str(error))
                return None

    async def _message(self, item: ClaimedDelivery) -> Message:
        try:
            messages = await self._prepare(item.alert_id)
        except NotReleasedError:
            messages = {}
        if item.message_id in messages:
            return messages[item.message_id]
        # What offices get is rendered apart from the alert's own texts, maybe before them.
        kept = await self.deliveries.load_messages(item.alert_id)
        message = next(found for found in kept if found.id == item.message_id)
        if message.kind is MessageKind.REMINDER:
            record = await self.alerts.get(item.alert_id)
            if not record.state.is_open:
                raise PermanentSendError(Reason.SUPERSEDED, "it has been decided")
        return message

    async def _prepare(self, alert_id: int) -> Messages:
        task = self._prepared.get(alert_id)
        if task is not None and task.done() and not task.cancelled() and not task.exception():
            return task.result()
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.create_task(self._prepare_once(alert_id))
            self._prepared[alert_id] = task
            while len(self._prepared) > KEPT_ALERTS:
                self._prepared.pop(next(iter(self._prepared)))
        return await asyncio.shield(task)

    async def _prepare_once(self, alert_id: int) -> Messages:
        record = await self.alerts.get(alert_id)
        if not record.state.is_released:
            # Nothing may be made of it yet; people are only reminded of it.
            raise NotReleasedError("it waits for people")
        draft = await self.publisher.draft(record)
        mine = self.publisher.of_channel(draft, self.channel.name)
        await self.channel.prepare(mine)
        return {item.id: item for item in draft.messages}

    async def _standing(self, alert_id: int) -> Standing:
        if alert_id not in self._standings:
            record = await self.alerts.get(alert_id)
            while len(self._standings) >= KEPT_ALERTS:
                self._standings.pop(next(iter(self._standings)))
            self._standings[alert_id] = record.standing
        return self._standings[alert_id]

    def _delivery(
        self, item: ClaimedDelivery, key: AttemptKey, message: Message, standing: Standing
    ) -> Delivery:
        return Delivery(
            key=key,
            channel=self.channel.name,
            address=item.address,
            message=message,
            level=item.level,
            expires=item.expires,
            repeat=item.repeat,
            standing=standing,
            provider=item.provider,
        )

    async def _wind_up(self) -> None:
        if self._sending:
            await asyncio.wait(self._sending)
        if self._recording:
            await self._recording
        await self._stock.give_back()
