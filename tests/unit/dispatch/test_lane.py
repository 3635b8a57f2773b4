"""A lane sends what is due, never more at once than it may, and loses nothing on the way."""

import asyncio
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from tests.unit.dispatch.ledger import Ledger, StandingClock, delivery
from warnbroker.bus.local import LocalBus
from warnbroker.contracts import Provider
from warnbroker.contracts.bus import lane_topic
from warnbroker.dispatch.lane import Lane
from warnbroker.dispatch.pace import Pace
from warnbroker.dispatch.providers.health import Health
from warnbroker.dispatch.providers.meter import Meter
from warnbroker.dispatch.providers.router import Router
from warnbroker.dispatch.stock import Stock
from warnbroker.dispatch.texts import Texts
from warnbroker.errors import PermanentSendError
from warnbroker.model.enums import Scope, Status
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.provider import Fault
from warnbroker.model.receipt import Reason, Receipt, State
from warnbroker.model.record import AlertState
from warnbroker.model.standing import Standing

PACE = Pace(sweep=0.01)


class Wire:
    """A channel that sends nothing: it notes what it is given and answers when it is let."""

    name = "sms"
    concurrency = 4

    def __init__(self):
        self.sent = []
        self.busy = 0
        self.busiest = 0
        self.refuse = set()
        self.open = asyncio.Event()
        self.open.set()

    async def prepare(self, publication):
        """Do nothing."""

    async def send(self, delivery):
        self.busy += 1
        self.busiest = max(self.busy, self.busiest)
        self.sent.append(delivery.key.delivery)
        await self.open.wait()
        await asyncio.sleep(0)
        self.busy -= 1
        if delivery.key.delivery in self.refuse:
            raise PermanentSendError(Reason.RECIPIENT)
        return Receipt(State.ACCEPTED, "wire")


class Publisher:
    """Has one message for every alert."""

    async def draft(self, record):
        return SimpleNamespace(
            messages=(Message(7, "sms", "en", MessageKind.ALERT, 0, {"txt": "Go"}),)
        )

    def of_channel(self, draft, name):
        return draft


class Alerts:
    """Knows every alert."""

    async def get(self, alert_id):
        standing = Standing(Status.ACTUAL, Scope.PUBLIC)
        return SimpleNamespace(id=alert_id, state=AlertState.PLANNED, standing=standing)


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def wire():
    return Wire()


def router(clock):
    health = Health("sms", [Provider("sms")], watches=True)
    return Router(health, Meter(None, clock), clock)


@pytest.fixture
async def lane(ledger, wire):
    texts = Texts(wire, Alerts(), ledger, Publisher())
    clock = StandingClock()
    lane = Lane(wire, ledger, texts, ledger, router(clock), LocalBus(), clock, "me", PACE)
    running = asyncio.create_task(lane.run())
    yield running
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0)


def recorded(ledger):
    return sorted(item.key.delivery for item in ledger.evidence)


async def test_everything_due_is_sent_and_recorded_once(ledger, wire, lane):
    ledger.add(*range(1300))

    await until(lambda: len(ledger.evidence) >= 1300)

    assert sorted(wire.sent) == recorded(ledger) == [*range(1300)]


async def test_no_more_is_begun_than_connections_are_free(ledger, wire, lane):
    ledger.add(*range(50))

    await until(lambda: len(ledger.evidence) >= 50)

    assert wire.busiest <= wire.concurrency
    assert max(ledger.begins) <= wire.concurrency


@pytest.mark.parametrize("step", ["claim", "turn"])
async def test_what_nobody_foresaw_does_not_end_a_lane(ledger, wire, lane, step):
    ledger.faults[step] = [ValueError("nobody foresaw it"), ValueError("nor that")]
    ledger.add(*range(10))

    await until(lambda: len(set(recorded(ledger))) >= 10)

    assert sorted(wire.sent) == [*range(10)]


async def test_a_lane_that_is_run_again_sends_again(ledger, wire):
    clock = StandingClock()
    texts = Texts(wire, Alerts(), ledger, Publisher())
    lane = Lane(wire, ledger, texts, ledger, router(clock), LocalBus(), clock, "me", PACE)
    for first in (0, 10):
        running = asyncio.create_task(lane.run())
        ledger.add(*range(first, first + 10))
        await until(lambda last=first + 9: last in recorded(ledger))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert sorted(wire.sent) == [*range(20)]


async def test_one_free_connection_does_not_wait_for_the_slow_ones(ledger, wire, lane):
    wire.open.clear()
    ledger.add(*range(3))
    await until(lambda: wire.busy == 3)

    ledger.add(3)

    await until(lambda: wire.busy == 4)
    wire.open.set()


async def test_a_failure_is_recorded_as_what_it_was(ledger, wire, lane):
    wire.refuse = {2}
    ledger.add(1, 2)

    await until(lambda: len(ledger.evidence) == 2)

    states = {item.key.delivery: item.receipt.state for item in ledger.evidence}
    assert states == {1: State.ACCEPTED, 2: State.FAILED_PERM}


@pytest.mark.parametrize("what", ["claim", "turn"])
async def test_a_ledger_that_is_away_for_a_while_costs_nothing(ledger, wire, lane, what):
    ledger.refusals[what] = 3
    ledger.add(*range(20))

    await until(lambda: len(ledger.evidence) >= 20)

    assert sorted(wire.sent) == recorded(ledger) == [*range(20)]


@pytest.mark.parametrize("refusals", [{}, {"undo": 2, "unclaim": 2}])
@pytest.mark.parametrize("what", ["claim", "turn"])
async def test_a_commit_whose_answer_is_lost_costs_nothing(ledger, wire, lane, what, refusals):
    ledger.unanswered, ledger.refusals = {what: 3}, refusals
    ledger.add(*range(20))

    await until(lambda: len(ledger.evidence) >= 20)

    assert sorted(wire.sent) == recorded(ledger) == sorted(ledger.begun) == [*range(20)]


async def test_who_is_stopped_finishes_what_is_on_the_wire_and_gives_back_the_rest(
    ledger, wire, lane
):
    wire.open.clear()
    ledger.add(*range(10))
    await until(lambda: wire.busy == 4)

    lane.cancel()
    await asyncio.sleep(0)
    wire.open.set()
    await asyncio.gather(lane, return_exceptions=True)

    assert recorded(ledger) == sorted(ledger.begun) == sorted(wire.sent)
    assert sorted([*ledger.begun, *ledger.released]) == [*range(10)]


async def test_what_is_not_grave_leaves_places_to_what_is(ledger, wire, lane):
    wire.open.clear()
    ledger.add(*range(10), rank=4)
    await until(lambda: wire.busy == 3)

    ledger.add(100, rank=1)

    await until(lambda: wire.busy == 4)
    assert wire.sent[-1] == 100
    wire.open.set()


async def test_a_lane_that_may_not_use_its_last_place_rests(ledger, wire):
    wire.concurrency = 2
    wire.open.clear()
    clock = StandingClock()
    texts = Texts(wire, Alerts(), ledger, Publisher())
    lane = Lane(wire, ledger, texts, ledger, router(clock), LocalBus(), clock, "me", PACE)
    looks = 0
    now = clock.now

    def counted():
        nonlocal looks
        looks += 1
        return now()

    clock.now = counted
    ledger.add(*range(10), rank=4)
    running = asyncio.create_task(lane.run())
    await until(lambda: wire.busy == 1)
    before = looks

    for _ in range(5_000):
        await asyncio.sleep(0)

    # Each turn looks at the clock.
    assert looks - before < 500
    wire.open.set()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_lane_whose_places_are_all_taken_is_only_busy(ledger, wire):
    clock = StandingClock()
    texts = Texts(wire, Alerts(), ledger, Publisher())
    bus = LocalBus()
    lane = Lane(wire, ledger, texts, ledger, router(clock), bus, clock, "me", PACE)
    running = asyncio.create_task(lane.run())
    wire.open.clear()
    ledger.add(*range(20))
    await until(lambda: wire.busy == wire.concurrency)

    await bus.announce(lane_topic("sms"))
    for _ in range(2_000):
        await asyncio.sleep(0)

    # Stuck, it would wait for all its places instead of a few.
    assert not lane._stuck
    wire.open.set()
    await until(lambda: len(recorded(ledger)) == 20)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_who_is_held_does_not_keep_those_behind_from_a_provider_that_is_well(ledger, wire):
    clock = StandingClock()
    health = Health("sms", [Provider("one", prefixes=("+1",)), Provider("two", prefixes=("+2",))])
    health.conditions["one"].open(Fault.CONFIG, "20003", clock.now().timestamp())
    broken = Router(health, Meter(None, clock), clock, lambda _address, _provider: ())
    texts = Texts(wire, Alerts(), ledger, Publisher())
    # Nobody looks again by himself.
    pace = Pace(sweep=3600)
    lane = Lane(wire, ledger, texts, ledger, broken, LocalBus(), clock, "me", pace)
    ledger.add(*range(100, 130), rank=4)
    ledger.add(*range(200, 205), rank=4)
    ledger.queued = [replace(row, address=f"+{row.id}") for row in ledger.queued]
    running = asyncio.create_task(lane.run())

    await until(lambda: len(wire.sent) == 5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert sorted(wire.sent) == [*range(200, 205)]
    assert sorted(ledger.held) == [*range(100, 130)]


async def test_of_two_copies_of_a_claim_the_newer_one_is_sent(ledger):
    stock = Stock(ledger, StandingClock(), "sms", "me", 10, 60)
    stale = delivery(1)

    stock.put_back([replace(stale, attempts=1)])
    stock.put_back([stale])

    (found,) = await stock.take(5)
    assert found.attempts == 1
