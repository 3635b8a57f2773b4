"""Record evidence in group commits: what arrives while one commit runs goes into the next."""

import asyncio
from collections.abc import Sequence

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import DeliveryStore
from warnbroker.metrics import RECEIPTS
from warnbroker.model.receipt import Evidence
from warnbroker.receipts.judge import Judge

LARGEST_COMMIT = 1000


class Recorder:
    """Takes evidence from sends, callbacks, look-ups and sweeps."""

    def __init__(self, deliveries: DeliveryStore, judge: Judge, clock: Clock) -> None:
        self._deliveries = deliveries
        self._judge = judge
        self._clock = clock
        self._waiting: list[tuple[Sequence[Evidence], asyncio.Future[None]]] = []
        self._committing: asyncio.Task[None] | None = None

    async def record(self, evidence: Sequence[Evidence]) -> None:
        """Return once the evidence is committed; repeats of known evidence change nothing.

        Raises:
            StoreError: the database refused; nothing of it was kept.
        """
        if not evidence:
            return
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((evidence, done))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        # A caller that is cancelled must not take the others' evidence along.
        await asyncio.shield(done)

    async def _commit_all(self) -> None:
        try:
            # One turn of the loop lets everything that is ready join.
            await asyncio.sleep(0)
            while self._waiting:
                await self._commit(self._take())
        finally:
            self._committing = None

    def _take(self) -> list[tuple[Sequence[Evidence], asyncio.Future[None]]]:
        taken, size = [], 0
        while self._waiting and size < LARGEST_COMMIT:
            taken.append(self._waiting.pop(0))
            size += len(taken[-1][0])
        return taken

    async def _commit(self, taken: list[tuple[Sequence[Evidence], asyncio.Future[None]]]) -> None:
        evidence = [item for items, _ in taken for item in items]
        try:
            now = self._clock.now()
            await self._deliveries.apply(evidence, now, lambda history: self._judge(history, now))
        except Exception as error:  # whoever waits gets it; the loop must go on for the others
            for _, done in taken:
                if not done.done():
                    done.set_exception(error)
        else:
            for item in evidence:
                RECEIPTS.labels(item.receipt.provider, item.receipt.state).inc()
            for _, done in taken:
                if not done.done():
                    done.set_result(None)
