"""Resolve what nobody knows: a callback, then the provider's word, then the level's policy."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field

from warnbroker.contracts.channel import Channel, ReceiptSource
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.evidence import EvidenceSink
from warnbroker.contracts.store import DeliveryStore
from warnbroker.dispatch.inquiry import Inquiry
from warnbroker.failpoints import Point, reach
from warnbroker.log import log
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
from warnbroker.model.record import History

AT_ONCE = 200
MOST_CRASHES = 10


@dataclass(frozen=True, slots=True)
class Resolver:
    """Sweeps for crashed sends, unknown outcomes, stale rows and receipts that lie about."""

    deliveries: DeliveryStore
    sink: EvidenceSink
    channels: Mapping[str, Channel]
    scale: LevelScale
    clock: Clock
    owner: str
    found: dict[str, list[Evidence]] = field(default_factory=dict)

    async def recover(self) -> None:
        """Take over what an ended process left: free its claims, call its sends unknown."""
        await self.deliveries.take_back(self.owner, self.clock.now())
        reach(Point.CLAIMS_FREED)
        while left := await self.deliveries.interrupted(self.owner, AT_ONCE):
            await self.sink.record([_unknown(history, Reason.CRASH) for history in left])
            reach(Point.CRASHES_NOTED)

    async def sweep(self) -> None:
        """Resolve once all that nobody knows and should by now."""
        await self._resolve()
        await all_done(self._collect(name) for name in self.channels)

    async def _collect(self, name: str) -> None:
        channel = self.channels[name]
        if isinstance(channel, ReceiptSource):
            # What was found stays here until the ledger has it; before, no more is looked for.
            self.found[name] = self.found.get(name) or [*await channel.collect()]
            await self.sink.record(self.found[name])
            self.found[name] = []

    async def retire(self) -> None:
        """End once what is never to be sent: its alert is over, or another has taken its place."""
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
        inquiry, last = Inquiry(self.deliveries, self.channels), None
        while (due := await self.deliveries.to_resolve(self.clock.now(), AT_ONCE)) and due != last:
            last = due
            await all_done(self._settle(history, inquiry) for history in due)

    async def _settle(self, history: History, inquiry: Inquiry) -> None:
        if history.state is State.IN_FLIGHT:
            found = _unknown(history, Reason.TIMEOUT)
        else:
            found = await inquiry.answer(history) or self._by_policy(history)
        reach(Point.OUTCOME_DECIDED)
        # What is known of one must not be lost while others are asked about.
        await self.sink.record([found])
        reach(Point.OUTCOME_KEPT)

    def _by_policy(self, history: History) -> Evidence:
        # A page, a package or a sheet made twice is the same one: no one is told twice.
        again = history.own_target or (
            self.scale[history.level].resend_unknown and not _was_repeated(history)
        )
        last = history.attempts[-1].number
        code = RESEND if again else GIVE_UP
        log.info(Event.OUTCOME_RESOLVED, alert=history.alert, delivery=history.id, by=code)
        return Evidence(history.key(last), Receipt(State.UNKNOWN, ENGINE, code=code))


async def all_done(work: Iterable[Awaitable[None]]) -> None:
    """Let all finish, then raise the first error: one that fails must not hold up the others."""
    found = await asyncio.gather(*work, return_exceptions=True)
    for error in found:
        if error is not None:
            raise error


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
