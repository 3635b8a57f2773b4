"""A lane's turns with the ledger: what came of sends goes in, what may be sent comes out."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.evidence import EvidenceSink
from warnbroker.contracts.store import DeliveryStore
from warnbroker.dispatch.pace import Pace
from warnbroker.dispatch.providers.router import Router
from warnbroker.dispatch.stock import Stock
from warnbroker.dispatch.wire import Wire
from warnbroker.errors import StoreError
from warnbroker.failpoints import Point, reach
from warnbroker.log import log
from warnbroker.metrics import RECEIPTS
from warnbroker.model.event import Event
from warnbroker.model.receipt import Evidence
from warnbroker.model.record import ClaimedDelivery, History, Sent, Turn, Verdict


class Jury(EvidenceSink, Protocol):
    """What a lane asks of the recorder: verdicts, and somewhere to put single evidence."""

    def judge(self, history: History, now: datetime) -> Verdict:
        """Return the verdict on a history that has just grown."""
        ...


@dataclass(slots=True)
class Turns:
    """Takes from the wire what came of sends, and starts on it what is committed."""

    deliveries: DeliveryStore
    jury: Jury
    router: Router
    stock: Stock
    wire: Wire
    clock: Clock
    owner: str
    pace: Pace
    _doubted: list[ClaimedDelivery] = field(default_factory=list)

    async def take(self, batch: Sequence[ClaimedDelivery]) -> None:
        """Keep what came of sends, and start a batch once its intent is committed.

        Raises:
            StoreError: the database refused; nothing is started, and nothing forgotten.
        """
        sent = self.wire.take()
        if not batch and not sent:
            await asyncio.sleep(0)
            return
        now = self.clock.now()
        turn = Turn(self.owner, now, now + timedelta(seconds=self.pace.answer))
        try:
            begun = await self.deliveries.turn(
                sent, batch, turn, lambda history: self.jury.judge(history, now)
            )
        except StoreError:
            # What came of a send must not be lost to a database that is busy for a moment.
            self.wire.sent[:0] = sent
            self.stock.put_back(batch)
            self._doubted += batch
            raise
        except Exception as error:  # something is wrong with one of them: not with the others
            log.exception(Event.STEP_FAILED, step="record", error=str(error))
            self.stock.put_back(batch)
            await self._record_each(sent)
            await self.clock.sleep(self.pace.sweep)
            return
        self._go(sent, begun)

    def _go(self, sent: Sequence[Sent], begun: Sequence[ClaimedDelivery]) -> None:
        self.router.results(sent)
        _count(sent)
        if sent:
            reach(Point.RESULTS_KEPT)
        if begun:
            reach(Point.BEGUN)
        self.wire.start(begun)

    async def settle_doubt(self) -> None:
        """Undo what was begun, if it was, where the answer to a commit never came.

        A refusal may be the loss of the answer alone. What stands as begun then was never
        sent, and nobody would look at it before the time for its answer is over.

        Raises:
            StoreError: the database refuses still.
        """
        if self._doubted:
            now = self.clock.now()
            until = now + timedelta(seconds=self.pace.lease)
            await self.deliveries.undo(self._doubted, self.owner, now, until)
            self._doubted = []

    async def finish(self) -> None:
        """Let the wire come to its end, and keep what came of it, however long that takes."""
        await self.wire.finish()
        while self.wire.sent:
            try:
                await self.take(())
            except StoreError as error:
                log.error(Event.STEP_FAILED, step="record", error=str(error))
                await self.clock.sleep(self.pace.sweep)
        # Whoever comes next finds what cannot be undone now, as after a crash.
        with suppress(StoreError):
            await self.settle_doubt()

    async def _record_each(self, sent: Sequence[Sent]) -> None:
        for item in sent:
            try:
                await self.jury.record([Evidence(item.key, item.receipt)])
            except StoreError:
                self.wire.sent.append(item)
            except Exception as error:  # the sweep finds the delivery that it was about
                log.exception(Event.STEP_FAILED, step="record", error=str(error))


def _count(sent: Sequence[Sent]) -> None:
    kinds = Counter((item.receipt.provider, item.receipt.state) for item in sent)
    for (provider, state), number in kinds.items():
        RECEIPTS.labels(provider, state).inc(number)
