"""What one channel has under way: bounded, each send with its outcome, none that stops another."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from warnbroker.contracts.channel import BatchSender, Channel
from warnbroker.contracts.clock import Clock
from warnbroker.dispatch.attempt import attempt, attempt_batch, receipt_of
from warnbroker.dispatch.texts import Texts
from warnbroker.errors import SendError
from warnbroker.failpoints import Point, reach
from warnbroker.log import log
from warnbroker.model.delivery import Delivery
from warnbroker.model.event import Event
from warnbroker.model.message import Message
from warnbroker.model.receipt import AttemptKey, Reason, Receipt, State
from warnbroker.model.record import ClaimedDelivery, Sent
from warnbroker.model.standing import Standing


@dataclass(slots=True)
class Wire:
    """Sends what is begun; ``sent`` gathers what came of it until somebody takes it.

    ``busy`` counts what was begun and has no outcome yet, ``batch`` is how many the channel takes
    at once.
    """

    channel: Channel
    texts: Texts
    clock: Clock
    sent: list[Sent] = field(default_factory=list)
    busy: int = 0
    _begun: deque[ClaimedDelivery] = field(default_factory=deque)
    _working: set[asyncio.Task[None]] = field(default_factory=set)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _busy_at_most: int = 0
    _stirred: bool = False
    batch: int = 1

    def __post_init__(self) -> None:
        """Look how many deliveries the channel takes at once."""
        if isinstance(self.channel, BatchSender):
            self.batch = self.channel.batch

    @property
    def places(self) -> int:
        """Return how many deliveries may be under way at once."""
        return self.channel.concurrency * self.batch

    def start(self, begun: Sequence[ClaimedDelivery]) -> None:
        """Send deliveries whose intent is committed, in their order."""
        self.busy += len(begun)
        self._begun.extend(begun)
        free = self.channel.concurrency - len(self._working)
        for _ in range(min(free, len(self._begun))):
            task = asyncio.create_task(self._work())
            self._working.add(task)
            task.add_done_callback(self._working.discard)

    def take(self) -> list[Sent]:
        """Return what has come of sends since the last time."""
        sent, self.sent = self.sent, []
        return sent

    async def until_busy(self, most: int, seconds: float | None = None) -> None:
        """Return when no more than so many are under way, when stirred, or when time is over."""
        self._busy_at_most, self._stirred = most, False
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.busy > most and not self._stirred:
                    self._changed.clear()
                    await self._changed.wait()

    def stir(self) -> None:
        """Wake who waits for a free place: there is a reason to look again."""
        self._stirred = True
        self._changed.set()

    async def finish(self) -> None:
        """Return when nothing is under way any more."""
        while self._working:
            await asyncio.wait(self._working)

    async def _work(self) -> None:
        while self._begun:
            if self.batch > 1:
                await self._send_alike(self._alike(self.batch))
            else:
                item, started_at = self._begun.popleft(), self.clock.now()
                # Every coroutine between here and the channel costs each send its share.
                known = self.texts.at_hand(item) or await self._look_up(item)
                if not isinstance(known, Receipt):
                    known = await attempt(self.channel, _delivery(item, *known))
                self._note(item, known, started_at)

    def _note(self, item: ClaimedDelivery, receipt: Receipt, started_at: datetime) -> None:
        reach(Point.SENT)
        self.sent.append(Sent(item, receipt, started_at))
        self.busy -= 1
        if self.busy <= self._busy_at_most:
            self._changed.set()

    async def _look_up(self, item: ClaimedDelivery) -> tuple[Message, Standing] | Receipt:
        try:
            return await self.texts.of(item)
        except SendError as error:
            return receipt_of(self.channel.name, error)
        except Exception as error:  # nothing was sent; whatever is wrong may pass
            log.exception(Event.CHANNEL_FAULT, channel=self.channel.name, step="prepare")
            return Receipt(
                State.FAILED_TEMP,
                self.channel.name,
                reason=Reason.FAULT,
                code=type(error).__name__,
            )

    def _alike(self, most: int) -> list[ClaimedDelivery]:
        """Take deliveries of one message and provider, as far as they stand side by side."""
        first = self._begun.popleft()
        alike = [first]
        while self._begun and len(alike) < most and _are_alike(first, self._begun[0]):
            alike.append(self._begun.popleft())
        return alike

    async def _send_alike(self, items: Sequence[ClaimedDelivery]) -> None:
        started_at = self.clock.now()
        known = self.texts.at_hand(items[0]) or await self._look_up(items[0])
        if isinstance(known, Receipt):
            receipts: Sequence[Receipt] = [known] * len(items)
        else:
            deliveries = [_delivery(item, *known) for item in items]
            receipts = await attempt_batch(self.channel, deliveries)
        for item, receipt in zip(items, receipts, strict=True):
            self._note(item, receipt, started_at)


def _are_alike(one: ClaimedDelivery, other: ClaimedDelivery) -> bool:
    # One mail serves them all, and says to all whether they may have had it before.
    return (one.alert_id, one.message_id, one.provider, one.repeat) == (
        other.alert_id,
        other.message_id,
        other.provider,
        other.repeat,
    )


def _delivery(item: ClaimedDelivery, message: Message, standing: Standing) -> Delivery:
    return Delivery(
        AttemptKey(item.alert, item.id, item.attempts + 1),
        item.channel,
        item.address,
        message,
        item.level,
        item.expires,
        item.repeat,
        standing,
        item.provider,
    )
