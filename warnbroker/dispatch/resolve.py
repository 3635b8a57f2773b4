"""Resolve what nobody knows: a callback, then the provider's word, then the level's policy."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from warnbroker.contracts.channel import Channel, OutcomeLookup, ReceiptSource
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.evidence import EvidenceSink
from warnbroker.contracts.store import DeliveryStore
from warnbroker.dispatch.publish import Publisher
from warnbroker.errors import SendError
from warnbroker.log import log
from warnbroker.model.delivery import Delivery
from warnbroker.model.event import Event
from warnbroker.model.level import LevelScale
from warnbroker.model.receipt import (
    ENGINE,
    GIVE_UP,
    RESEND,
    Evidence,
    Reason,
    Receipt,
    State,
)
from warnbroker.model.record import ClaimedDelivery, History

AT_ONCE = 200
MOST_CRASHES = 10


@dataclass(frozen=True, slots=True)
class Resolver:
    """Sweeps for crashed sends, unknown outcomes, stale rows and receipts that lie about."""

    deliveries: DeliveryStore
    publisher: Publisher
    sink: EvidenceSink
    channels: Mapping[str, Channel]
    scale: LevelScale
    clock: Clock
    owner: str
    found: dict[str, list[Evidence]] = field(default_factory=dict)

    async def recover(self) -> None:
        """Take over what an ended process left: free its claims, call its sends unknown."""
        await self.deliveries.take_back(self.owner, self.clock.now())
        while left := await self.deliveries.interrupted(self.owner, AT_ONCE):
            await self.sink.record([_unknown(history, Reason.CRASH) for history in left])

    async def sweep(self) -> None:
        """Do once all that is due."""
        await self._retire()
        await self._resolve()
        await self._collect()

    async def _collect(self) -> None:
        for name, channel in self.channels.items():
            if isinstance(channel, ReceiptSource):
                self.found[name] = [*self.found.get(name, ()), *await channel.collect()]
                # What was found stays here until the ledger has it.
                await self.sink.record(self.found[name])
                self.found[name] = []

    async def _retire(self) -> None:
        last = None
        # A batch that comes back unchanged would come back for ever.
        while (vain := await self.deliveries.overdue(self.clock.now(), AT_ONCE)) and vain != last:
            last = vain
            await self.sink.record(
                [
                    Evidence(history.key(0), Receipt(state, ENGINE, reason=_REASONS[state]))
                    for history, state in vain
                ]
            )

    async def _resolve(self) -> None:
        last = None
        while (due := await self.deliveries.to_resolve(self.clock.now(), AT_ONCE)) and due != last:
            last = due
            await self.sink.record(await self._outcomes(due))

    async def _outcomes(self, due: Sequence[History]) -> Sequence[Evidence]:
        asking = asyncio.Semaphore(10)

        async def outcome(history: History) -> Evidence:
            if history.state is State.IN_FLIGHT:
                return _unknown(history, Reason.TIMEOUT)
            async with asking:
                return await self._ask(history) or self._by_policy(history)

        return await asyncio.gather(*(outcome(history) for history in due))

    async def _ask(self, history: History) -> Evidence | None:
        channel = self.channels.get(history.channel)
        if not isinstance(channel, OutcomeLookup):
            return None
        claimed = await self.deliveries.claimed(history.alert_id, history.id)
        last = history.attempts[-1]
        if claimed is None:
            return None
        try:
            receipt = await channel.look_up(
                await self._delivery(claimed, history), since=last.started_at
            )
        except SendError as error:
            log.warning(Event.OUTCOME_RESOLVED, channel=channel.name, reason=error.reason)
            return None
        return Evidence(history.key(last.number), receipt) if receipt else None

    async def _delivery(self, claimed: ClaimedDelivery, history: History) -> Delivery:
        messages = await self.deliveries.load_messages(history.alert_id)
        return Delivery(
            key=history.key(history.attempts[-1].number),
            channel=history.channel,
            address=claimed.address,
            message=next(item for item in messages if item.id == claimed.message_id),
            level=claimed.level,
            expires=claimed.expires,
            repeat=claimed.repeat,
            provider=history.attempts[-1].provider,
        )

    def _by_policy(self, history: History) -> Evidence:
        # A page, a package or a sheet made twice is the same one: no one is told twice.
        again = history.own_target or (
            self.scale[history.level].resend_unknown and not _was_repeated(history)
        )
        last = history.attempts[-1].number
        code = RESEND if again else GIVE_UP
        log.info(Event.OUTCOME_RESOLVED, alert=history.alert, delivery=history.id, by=code)
        return Evidence(history.key(last), Receipt(State.UNKNOWN, ENGINE, code=code))


_REASONS = {State.EXPIRED: Reason.EXPIRED, State.SUPERSEDED: Reason.SUPERSEDED}


def _was_repeated(history: History) -> bool:
    # A repeat that a crash cut short may never have left: it was no repeat yet. The bound is
    # for a message that itself brings the process down.
    crashed = {n for n, receipt in history.receipts if receipt.reason is Reason.CRASH}
    repeats = [attempt.number for attempt in history.attempts if attempt.repeat]
    return len(crashed) > MOST_CRASHES or any(number not in crashed for number in repeats)


def _unknown(history: History, reason: Reason) -> Evidence:
    last = history.attempts[-1].number
    return Evidence(history.key(last), Receipt(State.UNKNOWN, ENGINE, reason=reason, code=reason))
