"""Record evidence in group commits: what arrives while one commit runs goes into the next."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from time import perf_counter

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import DeliveryStore
from warnbroker.errors import StoreError
from warnbroker.metrics import RECEIPTS
from warnbroker.model.receipt import AttemptKey, Evidence, Receipt
from warnbroker.model.record import Attempt, History, Verdict
from warnbroker.receipts.judge import Judge
from warnbroker.receipts.named import proven

LARGEST_COMMIT = 1000
"""Pieces of evidence; waiting for more of them gains nothing."""

LONGEST_REST = 0.05
"""Seconds between two commits in which more evidence may join."""

REST = 4.0
"""How long to rest, in times that the last commit took: the ledger is for others, too."""

Waiting = tuple[Sequence[Evidence], asyncio.Future[None]]


_NOBODY = AttemptKey("", 0, 0)

Observe = Callable[[History, Attempt, Receipt], None]


class Recorder:
    """Takes evidence from sends, callbacks, look-ups and sweeps.

    ``observe`` is told of each receipt that came to an attempt after it was made.
    """

    def __init__(
        self,
        deliveries: DeliveryStore,
        judge: Judge,
        clock: Clock,
        observe: Observe | None = None,
    ) -> None:
        self._observe = observe
        self._deliveries = deliveries
        self._judge = judge
        self._clock = clock
        self._waiting: list[Waiting] = []
        self._number = 0
        self._enough = asyncio.Event()
        self._committing: asyncio.Task[None] | None = None

    async def record(self, evidence: Sequence[Evidence]) -> None:
        """Return once the evidence is committed; repeats of known evidence change nothing.

        Raises:
            StoreError: the database refused; nothing of it was kept.
        """
        evidence = await proven(evidence, self._deliveries)
        if not evidence:
            return
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((evidence, done))
        self._number += len(evidence)
        if self._number >= LARGEST_COMMIT:
            self._enough.set()
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        # A caller that is cancelled must not take the others' evidence along.
        await asyncio.shield(done)

    def judge(self, history: History, now: datetime) -> Verdict:
        """Return the verdict on a history that has just grown."""
        return self._judge(history, now)

    async def adopt(self) -> None:
        """Apply what came before the attempts that it is about, as far as they are known now.

        Raises:
            StoreError: the database refused; nothing was changed.
        """
        now = self._clock.now()
        while await self._deliveries.adopt(
            now, LARGEST_COMMIT, lambda history: self._judge(history, now)
        ):
            pass

    async def _commit_all(self) -> None:
        try:
            # One turn of the loop lets everything that is ready join.
            await asyncio.sleep(0)
            while self._waiting:
                began = perf_counter()
                await self._commit(self._take())
                await self._rest(min(REST * (perf_counter() - began), LONGEST_REST))
        finally:
            self._committing = None

    async def _rest(self, seconds: float) -> None:
        """Let more evidence join, unless there is enough for a commit."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._enough.wait()

    def _take(self) -> list[Waiting]:
        taken: list[Waiting] = []
        size = 0
        while self._waiting and size < LARGEST_COMMIT:
            taken.append(self._waiting.pop(0))
            size += len(taken[-1][0])
        self._number -= size
        if self._number < LARGEST_COMMIT:
            self._enough.clear()
        return taken

    async def _commit(self, taken: list[Waiting]) -> None:
        failure = await self._apply([item for items, _ in taken for item in items])
        for items, done in taken:
            # Something may be wrong with one piece; nothing else is to be lost with it.
            spoilt = failure is not None and not isinstance(failure, StoreError)
            found = await self._apply_each(items) if spoilt else failure
            if not done.done():
                done.set_result(None) if found is None else done.set_exception(found)

    async def _apply_each(self, items: Sequence[Evidence]) -> Exception | None:
        failures = [await self._apply([item]) for item in items]
        return next((failure for failure in failures if failure), None)

    async def _apply(self, items: Sequence[Evidence]) -> Exception | None:
        """Commit evidence; return what stood in the way."""
        now = self._clock.now()
        grown: list[History] = []

        def judge(history: History) -> Verdict:
            grown.append(history)
            return self._judge(history, now)

        try:
            await self._deliveries.apply(items, now, judge)
        except Exception as error:  # whoever waits gets it; the loop must go on for the others
            return error
        for item in items:
            RECEIPTS.labels(item.receipt.provider, item.receipt.state).inc()
        self._tell(items, grown)
        return None

    def _tell(self, items: Sequence[Evidence], grown: Sequence[History]) -> None:
        """Let those who watch the providers know what was heard, and of which attempts."""
        if self._observe is None:
            return
        attempts = {
            history.key(attempt.number): (history, attempt)
            for history in grown
            for attempt in history.attempts
        }
        named = {
            (receipt.provider, receipt.provider_ref): history.key(number)
            for history in grown
            for number, receipt in history.receipts
            if number
        }
        for item in items:
            ref = (item.receipt.provider, item.receipt.provider_ref)
            found = attempts.get(item.key or named.get(ref, _NOBODY))
            if found:
                self._observe(*found, item.receipt)
