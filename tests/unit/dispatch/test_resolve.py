"""What nobody knows is resolved: one that cannot be asked, or fails, holds up nobody else."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.unit.dispatch.ledger import NOW, StandingClock
from warnbroker.dispatch import inquiry
from warnbroker.dispatch.engine import Engine
from warnbroker.dispatch.resolve import Resolver
from warnbroker.errors import StoreError, TemporarySendError
from warnbroker.model.level import Level, LevelScale
from warnbroker.model.receipt import GIVE_UP, RESEND, Reason, Receipt, State
from warnbroker.model.record import Attempt, History, Task

HOUR = timedelta(hours=1)


def unknown(number, level="red", **kwargs):
    values = {
        "alert_id": 1, "alert": "a" * 26, "id": number, "channel": "sms", "level": level,
        "rank": 1, "state": State.UNKNOWN, "task": Task.RESOLVE, "due_at": NOW,
        "expires": NOW + timedelta(hours=1), "stopped": False, "own_target": False,
        "attempts": (Attempt(1, NOW),), "receipts": ((1, Receipt(State.UNKNOWN, "p")),),
    }  # fmt: skip
    return History(**values | kwargs)


class Ledger:
    """Deliveries that nobody knows, until something is recorded of them."""

    def __init__(self, *histories):
        self.open = {history.id: history for history in histories}
        self.evidence = {}
        self.refused = set()

    async def to_resolve(self, now, limit):
        return list(self.open.values())[:limit]

    async def overdue(self, now, limit):
        return []

    async def claimed(self, alert_id, number):
        return SimpleNamespace(
            address=str(number), message_id=7, level="red", expires=NOW, repeat=False
        )

    async def load_messages(self, alert_id):
        return [SimpleNamespace(id=7)]

    async def record(self, evidence):
        for item in evidence:
            if item.key.delivery in self.refused:
                raise StoreError("away")
            self.evidence[item.key.delivery] = item.receipt
            self.open.pop(item.key.delivery)

    def codes(self):
        return {number: receipt.code for number, receipt in self.evidence.items()}


class Asked:
    """A channel whose provider can be asked, and answers as it is told to."""

    name = "sms"

    def __init__(self, answer):
        self.answer, self.times = answer, 0

    async def look_up(self, delivery, since):
        self.times += 1
        return await self.answer(delivery)


def resolver(ledger, **channels):
    scale = LevelScale(
        (
            Level("red", 1, "I", "#f00", {"en": "red"}, HOUR, resend_unknown=True),
            Level("blue", 4, "IV", "#00f", {"en": "blue"}, HOUR, resend_unknown=False),
        ),
        (),
        {},
        (),
    )
    return Resolver(ledger, ledger, channels, scale, StandingClock(), "me")


async def silence(_delivery):
    await asyncio.Event().wait()


async def breakage(_delivery):
    raise RuntimeError("a fault of the channel")


async def refusal(_delivery):
    raise TemporarySendError(Reason.CONNECT)


async def ignorance(_delivery):
    return Receipt(State.UNKNOWN, "p", code="unknown")


@pytest.mark.parametrize("answer", [silence, breakage, refusal])
async def test_a_provider_that_does_not_answer_is_soon_asked_no_more(monkeypatch, answer):
    monkeypatch.setattr(inquiry, "LONGEST", 0.01)
    ledger, channel = Ledger(*(unknown(n) for n in range(500))), Asked(answer)

    await resolver(ledger, sms=channel).sweep()

    assert set(ledger.codes().values()) == {RESEND}
    assert len(ledger.evidence) == 500
    assert channel.times < 3 * inquiry.ASKING + inquiry.DEAF


async def test_a_provider_that_does_not_know_either_is_no_reason_to_wait():
    ledger = Ledger(unknown(1), unknown(2, "blue"))

    await resolver(ledger, sms=Asked(ignorance)).sweep()

    assert ledger.codes() == {1: RESEND, 2: GIVE_UP}


async def test_one_that_cannot_be_recorded_does_not_keep_the_others():
    ledger = Ledger(*(unknown(n) for n in range(5)))
    ledger.refused = {2}

    with pytest.raises(StoreError):
        await resolver(ledger).sweep()

    assert sorted(ledger.evidence) == [0, 1, 3, 4]


class Folder:
    """A channel that finds receipts by itself."""

    def __init__(self, name, *found, fails=False):
        self.name, self.found, self.fails, self.looks = name, list(found), fails, 0

    async def collect(self):
        self.looks += 1
        if self.fails:
            raise OSError("the folder is gone")
        return self.found


async def test_a_folder_that_is_gone_does_not_hide_what_others_found():
    ledger = Ledger(unknown(1))
    found = SimpleNamespace(key=SimpleNamespace(delivery=1), receipt=Receipt(State.CONFIRMED, "b"))
    ledger.to_resolve = ledger.overdue

    with pytest.raises(OSError, match="gone"):
        await resolver(ledger, a=Folder("a", fails=True), b=Folder("b", found)).sweep()

    assert ledger.evidence[1].state is State.CONFIRMED


async def test_nothing_more_is_looked_for_until_what_was_found_is_kept():
    ledger = Ledger(unknown(1))
    found = SimpleNamespace(key=SimpleNamespace(delivery=1), receipt=Receipt(State.CONFIRMED, "b"))
    ledger.to_resolve, ledger.refused = ledger.overdue, {1}
    sweeping = resolver(ledger, b=(folder := Folder("b", found)))

    for _ in range(3):
        with pytest.raises(StoreError):
            await sweeping.sweep()
    ledger.refused = set()
    await sweeping.sweep()

    assert folder.looks == 1
    assert ledger.evidence[1].state is State.CONFIRMED


async def test_an_engine_that_cannot_recover_yet_tries_again():
    tries = []
    done = asyncio.Event()

    async def recover():
        tries.append(1)
        if len(tries) < 3:
            raise StoreError("database or disk is full")

    async def sweep():
        done.set()

    async def no_alerts():
        return []

    async def wait(*_):
        await asyncio.Event().wait()

    engine = Engine(
        SimpleNamespace(to_plan=no_alerts), None, (),
        SimpleNamespace(recover=recover, sweep=sweep, retire=sweep),
        SimpleNamespace(wait=wait), StandingClock(), 1.0,
    )  # fmt: skip
    running = asyncio.create_task(engine.run())

    async with asyncio.timeout(20):
        await done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert len(tries) == 3
