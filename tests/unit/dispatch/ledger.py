"""A ledger in memory: what a lane asks of the real one, and a clock that stands still."""

import asyncio
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from warnbroker.errors import StoreError
from warnbroker.model.receipt import Evidence
from warnbroker.model.record import ClaimedDelivery

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)


class StandingClock:
    """Moves when it is told to; sleeps no longer than a turn of the loop."""

    def __init__(self):
        self.moment = NOW

    def now(self):
        return self.moment

    def pass_seconds(self, seconds):
        self.moment += timedelta(seconds=seconds)

    async def sleep(self, seconds):
        self.moment += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Ledger:
    """Rows by id; ``refusals`` is how many of the next calls fail, by method, ``faults`` how.

    ``unanswered`` is how many of the next calls are carried out and seem to fail, by method.
    """

    def __init__(self):
        self.queued = []
        self.begun = []
        self.begins = []
        self.claims = []
        self.released = []
        self.held = []
        self.evidence = []
        self.refusals = {}
        self.unanswered = {}
        self._claimed = {}
        self.faults = {}
        self.open = asyncio.Event()
        self.open.set()

    def add(self, *ids, rank=1):
        self.queued += [delivery(number, rank) for number in ids]

    async def claim(self, channel, owner, now, lease_until, limit, rank):
        await self._ask("claim")
        due = sorted((row for row in self.queued if row.rank <= rank), key=lambda row: row.rank)
        taken = due[:limit]
        self.queued = [row for row in self.queued if row not in taken]
        self.claims.append((rank, [row.id for row in taken]))
        self._claimed[lease_until] = taken
        self._answer("claim")
        return taken

    async def unclaim(self, channel, owner, lease_until, now):
        await self._ask("unclaim")
        self.queued += self._claimed.pop(lease_until, ())

    async def turn(self, sent, batch, turn, judge):
        await self._ask("turn")
        known = {item.key for item in self.evidence}
        self.evidence += [
            Evidence(item.key, item.receipt) for item in sent if item.key not in known
        ]
        allowed = [item for item in batch if item.id not in self.begun]
        if allowed:
            self.begins.append(len(allowed))
        self.begun += [item.id for item in allowed]
        self._answer("turn")
        return allowed

    async def undo(self, doubted, owner, now, lease_until):
        await self._ask("undo")
        self.begun = [number for number in self.begun if number not in {i.id for i in doubted}]

    def judge(self, history, now):
        raise AssertionError("the ledger in memory judges nothing")

    async def release(self, claimed, owner, now):
        self.released += [item.id for item in claimed]

    async def hold(self, held, owner, now):
        self.held += [item.id for item, _, _ in held]

    async def record(self, evidence):
        await self._ask("record")
        self.evidence += evidence

    def _answer(self, what):
        if self.unanswered.get(what, 0):
            self.unanswered[what] -= 1
            raise StoreError("no answer")

    async def _ask(self, what):
        await asyncio.sleep(0)
        await self.open.wait()
        if self.faults.get(what):
            raise self.faults[what].pop()
        if self.refusals.get(what, 0):
            self.refusals[what] -= 1
            raise StoreError("away")


def delivery(number, rank=1):
    row = ClaimedDelivery(
        alert_id=1, alert="a" * 26, id=number, channel="sms", rank=rank, level="red",
        message_id=7, address="+15550000000", expires=NOW + timedelta(hours=1), attempts=0,
        repeat=False,
    )  # fmt: skip
    return replace(row, alert_id=rank)
