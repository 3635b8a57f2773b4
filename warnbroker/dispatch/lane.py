"""A lane: everything one channel has to send, the gravest first, a bounded number at once."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from warnbroker.contracts.bus import Bus, lane_topic
from warnbroker.contracts.channel import Channel
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import DeliveryStore
from warnbroker.dispatch.pace import Pace
from warnbroker.dispatch.providers.meter import RATE
from warnbroker.dispatch.providers.router import Held, Router
from warnbroker.dispatch.stock import Stock
from warnbroker.dispatch.texts import Texts
from warnbroker.dispatch.turns import Jury, Turns
from warnbroker.dispatch.waiting import Waiting
from warnbroker.dispatch.wire import Wire
from warnbroker.errors import StoreError, WarnbrokerError
from warnbroker.log import log
from warnbroker.model.event import Event
from warnbroker.model.provider import UNSERVED
from warnbroker.model.receipt import ENGINE, AttemptKey, Evidence, Reason, Receipt, State
from warnbroker.model.record import ClaimedDelivery

PATIENCE = 0.003
"""Seconds that free places wait for others, so that a commit serves many."""

LEISURE = 0.02
"""Seconds that results wait for others, where nothing is to be sent."""

BATCH = 100
"""Sends that begin with one commit; where more do, they all end at once, and wait for the next."""


@dataclass(slots=True)
class Lane:
    """Claims, commits the intent together with the last results, sends."""

    channel: Channel
    deliveries: DeliveryStore
    texts: Texts
    jury: Jury
    router: Router
    bus: Bus
    clock: Clock
    owner: str
    pace: Pace = field(default_factory=Pace)
    _stock: Stock = field(init=False)
    _wire: Wire = field(init=False)
    _turns: Turns = field(init=False)
    _waiting: Waiting = field(default_factory=Waiting)
    _stuck: bool = False
    _passed: bool = False
    _said: str = ""
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _over: bool = False

    def __post_init__(self) -> None:
        """Begin with nothing in stock and nothing under way."""
        name, pace = self.channel.name, self.pace
        self._stock = Stock(
            self.deliveries, self.clock, name, self.owner, pace.claim, pace.lease, self._stir
        )
        self._wire = Wire(self.channel, self.texts, self.clock)
        self._turns = Turns(
            self.deliveries, self.jury, self.router, self._stock, self._wire, self.clock,
            self.owner, pace,
        )  # fmt: skip

    async def run(self) -> None:
        """Send until cancelled; then finish what is on the wire and give back what is held."""
        self._over = False
        listening = asyncio.create_task(self._listen())
        turning = asyncio.create_task(self._take_turns())
        try:
            await asyncio.shield(turning)
        finally:
            listening.cancel()
            self._over = True
            self._stir()
            # Who is cancelled must still send what the present turn begins.
            await asyncio.shield(self._wind_up(turning))

    async def _take_turns(self) -> None:
        # Nothing is between two turns: the ledger has the next one before this one's sends begin.
        while not self._over:
            await self._rest()
            if not self._over:
                await self._turn()

    async def _listen(self) -> None:
        """Turn announcements, and the time that passes without one, into a reason to look."""
        # What an ended process left is looked for at once.
        while True:
            self._stock.look()
            self._stir()
            await self.bus.wait(lane_topic(self.channel.name), self.pace.sweep)

    def _stir(self) -> None:
        self._news.set()
        self._wire.stir()

    async def _rest(self) -> None:
        """Wait until there is something to do, for as many deliveries at once as is sensible."""
        wire = self._wire
        if self._news.is_set():
            self._news.clear()
        elif wire.busy or wire.sent:
            await wire.until_busy(wire.places - 1)
            # A batch's places free are worth a commit; one free must not wait long.
            if self._stock.promises and not self._stuck:
                await wire.until_busy(wire.places - self._batch, PATIENCE)
            else:
                await wire.until_busy(0, LEISURE)
        elif self._stuck or not self._stock.held:
            await self._hear_news()

    async def _hear_news(self) -> None:
        """Wait for a reason to look again, or until something that is held may go."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._waiting.seconds(self.clock.now())):
                await self._news.wait()

    async def _turn(self) -> None:
        try:
            await self._turns.settle_doubt()
            self._stock.put_back(self._waiting.due(self.clock.now()))
            room, common = self._room()
            batch = await self._stock.take(room, common, self.pace.grave)
            ready = await self._routed(batch)
            waits = bool(batch or self._waiting or self._stock.held)
            # Whoever has no place free at all is only busy.
            self._stuck = room > 0 and waits and not ready
            if self._stuck and self._passed and self._stock.held and self.router.serves:
                # All of these are held; those behind them may be for another provider.
                self._news.set()
            await self._turns.take(ready)
            self._said = ""
        except WarnbrokerError as error:
            # The rows stay; the lane goes on when the store is back.
            self._complain(error)
            await self.clock.sleep(self.pace.sweep)
        except Exception as error:  # whatever it is, what others wait for must still go out
            log.exception(Event.STEP_FAILED, step="turn", error=str(error))
            await self.clock.sleep(self.pace.sweep)

    def _complain(self, error: WarnbrokerError) -> None:
        """Log an error, once for as long as it stays the same."""
        if str(error) != self._said:
            self._said = str(error)
            log.error(Event.STEP_FAILED, step="lane", channel=self.channel.name, error=self._said)

    @property
    def _batch(self) -> int:
        # While one half is sent, the ledger writes down what came of the other.
        return min(max(BATCH, self._wire.batch), -(-self._wire.places // 2))

    def _room(self) -> tuple[int, int]:
        """Return how many may go at once now, and how many of them that are not grave."""
        places, free = self._wire.places, self._wire.places - self._wire.busy
        kept = max(1, int(places * self.pace.reserved)) if places > 1 else 0
        # What waits for its turn with a provider is claimed already: no more than one claim is.
        common = min(self._batch, free - kept, self.pace.claim - len(self._waiting))
        return min(self._batch, free), max(0, common)

    async def _routed(self, batch: Sequence[ClaimedDelivery]) -> Sequence[ClaimedDelivery]:
        """Return those that may go now, each with its provider; see to the others."""
        self._passed = False
        if not batch:
            return ()
        try:
            routed = await self.router.route(batch)
        except StoreError:
            self._stock.put_back(batch)
            raise
        if routed.held:
            # Who waits for a rate is at the head of a queue: nobody behind goes before.
            self._passed = any(not hold.cause.startswith(RATE) for _, hold in routed.held)
            await self._hold(routed.held)
        return routed.ready

    async def _hold(self, held: Sequence[Held]) -> None:
        now = self.clock.now()
        final = [item for item, hold in held if hold.is_final]
        longer = self._waiting.add([one for one in held if not one[1].is_final], now)
        try:
            if longer:
                rows = [(item, hold.until, hold.cause) for item, hold in longer]
                await self.deliveries.hold(rows, self.owner, now)
            await self.jury.record([_unserved(item) for item in final])
        except StoreError as error:
            # Their leases run out: then they are routed again.
            log.error(Event.STEP_FAILED, step="hold", channel=self.channel.name, error=str(error))

    async def _wind_up(self, turning: asyncio.Task[None]) -> None:
        await asyncio.wait([turning])
        await self._turns.finish()
        self._stock.put_back(self._waiting.all())
        await self._stock.give_back()


def _unserved(item: ClaimedDelivery) -> Evidence:
    key = AttemptKey(item.alert, item.id, 0)
    return Evidence(key, Receipt(State.FAILED_PERM, ENGINE, reason=Reason.RECIPIENT, code=UNSERVED))
