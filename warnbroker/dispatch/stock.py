"""A lane's stock: deliveries claimed ahead of their sending, the gravest first."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import DeliveryStore
from warnbroker.failpoints import Point, reach
from warnbroker.model.record import ClaimedDelivery

LOWEST_RANK = 1_000
LOOK_FOR_GRAVER = timedelta(milliseconds=50)
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Stock:
    """Claims up to ``size`` deliveries at a time, more while half of them are left.

    ``lease`` is how many seconds a claim holds. ``told`` is called when one has brought something.
    """

    deliveries: DeliveryStore
    clock: Clock
    channel: str
    owner: str
    size: int
    lease: float
    told: Callable[[], None] = lambda: None
    _held: list[ClaimedDelivery] = field(default_factory=list)
    _claiming: asyncio.Task[Sequence[ClaimedDelivery]] | None = None
    _may_be_more: bool = True
    _look_again: datetime = LONG_AGO
    _doubted: datetime | None = None

    @property
    def held(self) -> int:
        """Return how many deliveries are at hand."""
        return len(self._held)

    @property
    def promises(self) -> bool:
        """Tell whether there is something at hand, or likely to be had."""
        return bool(self._held or self._claiming or self._may_be_more)

    def look(self) -> None:
        """Look into the ledger at the next take: there may be something new."""
        self._look_again = LONG_AGO
        self._may_be_more = True

    async def take(
        self, number: int, common: int | None = None, grave: int = 0
    ) -> Sequence[ClaimedDelivery]:
        """Return the gravest deliveries that are due; none if nothing is.

        No more than ``common`` of them are less grave than the rank ``grave``.

        Raises:
            StoreError: the database refused; what is held stays.
        """
        lowest = self._wanted()
        if self._claiming is None and lowest:
            self._claiming = asyncio.create_task(self._claim(lowest))
            self._claiming.add_done_callback(self._tell)
        if self._claiming and (self._claiming.done() or not self._held):
            await self._take_in(self._claiming)
        if common is not None and common < number:
            graves = sum(item.rank <= grave for item in self._held[:number])
            number = min(number, max(common, graves))
        taken, self._held = self._held[:number], self._held[number:]
        return taken

    def put_back(self, unsent: Sequence[ClaimedDelivery]) -> None:
        """Hold deliveries that were taken and not begun."""
        if not unsent:
            return
        # Each once, however often it comes: its lease may have run out while it waited. Of two
        # the newer counts, which knows of more attempts.
        both = sorted((*self._held, *unsent), key=lambda item: item.attempts)
        held = {(item.alert_id, item.id): item for item in both}
        self._held = sorted(held.values(), key=lambda item: item.rank)

    async def give_back(self) -> None:
        """Release everything that is held.

        Raises:
            StoreError: the database refused; the leases will run out.
        """
        if self._claiming:
            await self._take_in(self._claiming)
        await self.deliveries.release(self._held, self.owner, self.clock.now())
        self._held = []

    def _tell(self, claiming: asyncio.Task[Sequence[ClaimedDelivery]]) -> None:
        # Who has something at hand is not in need of more, and would only begin a small batch.
        failed = claiming.cancelled() or claiming.exception()
        if not self._held and not failed and claiming.result():
            self.told()

    def _wanted(self) -> int:
        """Return the lowest rank to claim now, 0 for none."""
        if self._may_be_more and len(self._held) <= self.size // 2:
            return LOWEST_RANK
        if not self._held:
            return 0
        # Something graver may have come while a long claim is worked off.
        return self._held[0].rank - 1 if self.clock.now() >= self._look_again else 0

    async def _claim(self, lowest: int) -> Sequence[ClaimedDelivery]:
        now = self.clock.now()
        self._look_again = now + LOOK_FOR_GRAVER
        until = now + timedelta(seconds=self.lease)
        is_whole = lowest == LOWEST_RANK
        # What is announced from now on may be too late for this claim.
        self._may_be_more = self._may_be_more and not is_whole
        try:
            await self._settle_doubt(now)
            claimed = await self.deliveries.claim(
                self.channel, self.owner, now, until, self.size, lowest
            )
        except BaseException:
            self._may_be_more = True
            self._doubted = self._doubted or until
            raise
        if claimed:
            reach(Point.CLAIMED)
        if is_whole and len(claimed) == self.size:
            self._may_be_more = True
        return claimed

    async def _settle_doubt(self, now: datetime) -> None:
        """Free what a claim may have taken whose answer was lost: nobody would send it."""
        if self._doubted:
            await self.deliveries.unclaim(self.channel, self.owner, self._doubted, now)
            self._doubted = None

    async def _take_in(self, claiming: asyncio.Task[Sequence[ClaimedDelivery]]) -> None:
        # Who is cancelled here must still give back what this claim brings.
        await asyncio.wait([claiming])
        self._claiming = None
        # A row whose lease ran out while it was held comes back: once is enough.
        self.put_back(claiming.result())
