"""A lane: everything one channel has to send, the gravest first, a bounded number at once."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from warnbroker.contracts.bus import Bus, lane_topic
from warnbroker.contracts.channel import Channel
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.evidence import EvidenceSink
from warnbroker.contracts.store import AlertStore, DeliveryStore
from warnbroker.dispatch.attempt import attempt, receipt_of
from warnbroker.dispatch.publish import Publisher
from warnbroker.errors import SendError, StoreError, WarnbrokerError
from warnbroker.log import log
from warnbroker.model.delivery import Delivery
from warnbroker.model.event import Event
from warnbroker.model.message import Message
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt, State
from warnbroker.model.record import ClaimedDelivery

LOWEST_RANK = 1_000
LOOK_FOR_GRAVER = timedelta(milliseconds=50)
KEPT_ALERTS = 256
MOST_UNRECORDED = 2_000
LONG_AGO = datetime.min.replace(tzinfo=UTC)
Messages = Mapping[int, Message]


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
    _held: list[ClaimedDelivery] = field(default_factory=list)
    _sending: set[asyncio.Task[None]] = field(default_factory=set)
    _recording: set[asyncio.Task[None]] = field(default_factory=set)
    _prepared: dict[int, asyncio.Task[Messages]] = field(default_factory=dict)
    _look_again: datetime = LONG_AGO

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
            batch = await self._next(self.channel.concurrency - len(self._sending))
            if batch:
                await self._start(batch)
            elif not self._sending:
                await self.bus.wait(lane_topic(self.channel.name), self.pace.sweep)
            else:
                await self._heard_or_done()
        except WarnbrokerError as error:
            # The rows stay; the lane goes on when the store is back.
            log.error(Event.STEP_FAILED, step="lane", channel=self.channel.name, error=str(error))
            self._held.clear()
            await self.clock.sleep(self.pace.sweep)

    async def _room(self) -> None:
        # Half the connections free make a batch worth its commit.
        while len(self._sending) > self.channel.concurrency // 2:
            await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
        # A ledger that cannot keep up must slow the lane, not fill the memory.
        while len(self._recording) > MOST_UNRECORDED:
            await asyncio.wait(self._recording, return_when=asyncio.FIRST_COMPLETED)

    async def _heard_or_done(self) -> None:
        heard = asyncio.ensure_future(self.bus.wait(lane_topic(self.channel.name), self.pace.sweep))
        try:
            await asyncio.wait({heard, *self._sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            heard.cancel()

    async def _next(self, room: int) -> Sequence[ClaimedDelivery]:
        now = self.clock.now()
        gravest = self._held[0].rank if self._held else LOWEST_RANK
        # Something graver may have come while a long claim is worked off.
        if not self._held or (gravest > 1 and now >= self._look_again):
            self._look_again = now + LOOK_FOR_GRAVER
            limit = gravest - 1 if self._held else LOWEST_RANK
            claimed = await self.deliveries.claim(
                self.channel.name,
                self.owner,
                now,
                now + timedelta(seconds=self.pace.lease),
                self.pace.claim,
                limit,
            )
            # A row whose lease ran out while it was held comes back: once is enough.
            again = {(item.alert_id, item.id) for item in claimed}
            self._held = [
                *claimed,
                *(item for item in self._held if (item.alert_id, item.id) not in again),
            ]
        batch, self._held = self._held[:room], self._held[room:]
        return batch

    async def _start(self, batch: Sequence[ClaimedDelivery]) -> None:
        now = self.clock.now()
        answer_by = now + timedelta(seconds=self.pace.answer)
        for item in await self.deliveries.begin(batch, self.owner, now, answer_by):
            task = asyncio.create_task(self._send(item))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, item: ClaimedDelivery) -> None:
        key = AttemptKey(item.alert, item.id, item.attempts + 1)
        try:
            messages = await self._prepare(item.alert_id)
            delivery = self._delivery(item, key, messages[item.message_id])
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
        recording = asyncio.create_task(self._record(Evidence(key, receipt)))
        self._recording.add(recording)
        recording.add_done_callback(self._recording.discard)

    async def _record(self, evidence: Evidence) -> None:
        # What came of a send must not be lost to a database that is busy for a moment.
        while True:
            try:
                await self.sink.record([evidence])
            except StoreError as error:
                log.error(Event.STEP_FAILED, step="record", error=str(error))
                await self.clock.sleep(self.pace.sweep)
            else:
                return

    async def _prepare(self, alert_id: int) -> Messages:
        task = self._prepared.get(alert_id)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.create_task(self._prepare_once(alert_id))
            self._prepared[alert_id] = task
            while len(self._prepared) > KEPT_ALERTS:
                self._prepared.pop(next(iter(self._prepared)))
        return await asyncio.shield(task)

    async def _prepare_once(self, alert_id: int) -> Messages:
        draft = await self.publisher.draft(await self.alerts.get(alert_id))
        mine = self.publisher.of_channel(draft, self.channel.name)
        await self.channel.prepare(mine)
        return {item.id: item for item in draft.messages}

    def _delivery(self, item: ClaimedDelivery, key: AttemptKey, message: Message) -> Delivery:
        return Delivery(
            key=key,
            channel=self.channel.name,
            address=item.address,
            message=message,
            level=item.level,
            expires=item.expires,
            repeat=item.repeat,
        )

    async def _wind_up(self) -> None:
        for tasks in (self._sending, self._recording):
            if tasks:
                await asyncio.wait(tasks)
        await self.deliveries.release(self._held, self.owner, self.clock.now())
