"""A rate in the ledger is one for all who use it."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.store.conftest import NOW
from warnbroker.contracts.channel import Limit
from warnbroker.contracts.clock import SystemClock
from warnbroker.contracts.rates import Want
from warnbroker.dispatch.providers.meter import Meter
from warnbroker.model.identity import sortable_ids
from warnbroker.store import open_store, rates
from warnbroker.store.rates import Used, take

YELLOW, RED = 3, 1
HOW = {"slice_": 0.25, "reserve": 0.1}


class Watch:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.moment = NOW

    def now(self):
        return self.moment

    async def sleep(self, seconds):
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def watch(monkeypatch):
    watch = Watch()
    # Where several machines share a database its own clock counts, and that cannot be set.
    monkeypatch.setattr(rates, "_now", lambda _connection, now: now.timestamp())
    return watch


@pytest.fixture
async def second(store, url, tmp_path):
    keys = tmp_path / "w.key", tmp_path / "w.audit.key"
    ids = sortable_ids(lambda: NOW)
    opened = await open_store(url, keys[0], SystemClock(), ids, audit_key=keys[1])
    yield opened
    await opened.close()


def limits(per_second=40.0, key="p"):
    return [Limit(key, per_second)]


async def admitted(meter, number=50, rank=YELLOW, bounds=None):
    answers = await meter.admit_batch([(bounds or limits(), rank)] * number)
    return sum(answer is None for answer in answers)


async def test_a_database_of_several_machines_counts_by_its_own_clock(store, backend):
    want = [Want("p", 40.0, 50)]
    await store.rates.lease(want, NOW, **HOW)
    await asyncio.sleep(0.2)

    # The broker's own clock stands.
    [grant] = await store.rates.lease(want, NOW, **HOW)

    assert (grant.number > 0) == (backend == "postgresql")


async def test_two_processes_together_never_exceed_a_rate(store, second, watch):
    meters = [Meter(one.rates, watch) for one in (store, second)]
    sent = 0

    for _ in range(200):
        sent += sum([await admitted(meter) for meter in meters])
        await watch.sleep(0.05)

    assert 40 * 0.9 * 9.5 <= sent <= 40 * (10 + 0.5)


async def test_a_restart_is_no_burst(store, watch):
    first = await admitted(Meter(store.rates, watch))
    again = sum([await admitted(Meter(store.rates, watch)) for _ in range(20)])

    assert (first, again) == (9, 0)


async def test_nothing_is_asked_of_the_ledger_where_nothing_is_bounded(watch):
    meter = Meter(None, watch)

    assert await admitted(meter, bounds=[Limit("p", float("inf"))]) == 50
    assert await meter.admit_batch([((), RED)]) == [None]


async def test_what_must_wait_is_told_by_what_and_how_long(store, watch):
    meter = Meter(store.rates, watch)

    answers = await meter.admit_batch([([Limit("p", 1000), Limit("p/from/X", 4)], YELLOW)] * 3)

    assert answers[0] is None
    assert {hold.cause for hold in answers[1:]} == {"rate:p/from/X"}
    assert timedelta(0) < answers[1].until - NOW < timedelta(seconds=1)


async def test_who_waits_as_told_is_let_through(store, watch):
    meter = Meter(store.rates, watch)
    waits = []

    for _ in range(4):
        while wait := await meter.admit(limits(0.5), RED):
            await watch.sleep(wait)
        waits.append(watch.now())

    passed = [(b - a).total_seconds() for a, b in pairwise(waits)]
    assert passed == pytest.approx([2, 2, 2], abs=0.01)


async def test_the_grave_one_has_a_share_that_nothing_else_uses(store, watch):
    meter = Meter(store.rates, watch)
    await admitted(meter)

    assert await admitted(meter, rank=RED) >= 1


async def test_nothing_light_goes_while_something_grave_waits(store, second, watch):
    light, grave = Meter(store.rates, watch), Meter(second.rates, watch)
    sent = {RED: 0, YELLOW: 0}

    for _ in range(100):
        sent[YELLOW] += await admitted(light)
        sent[RED] += await admitted(grave, rank=RED)
        await watch.sleep(0.05)

    assert sent[YELLOW] <= 20
    assert sent[RED] >= 40 * 5 - 20


async def test_a_clock_that_is_set_back_stops_nobody(store, watch):
    meter = Meter(store.rates, watch)
    await admitted(meter)
    watch.moment -= timedelta(hours=1)

    sent = 0
    for _ in range(40):
        sent += await admitted(meter)
        await watch.sleep(0.05)

    assert 40 <= sent <= 40 * 2.5


async def test_a_clock_that_jumps_ahead_is_no_burst(store, watch):
    meter = Meter(store.rates, watch)
    await admitted(meter)
    watch.moment += timedelta(hours=1)

    assert await admitted(meter) <= 10


@given(
    st.floats(0.01, 500),
    st.lists(st.tuples(st.floats(0.001, 3), st.integers(1, 60), st.booleans()), max_size=80),
)
def test_no_order_of_wants_exceeds_a_rate(per_second, wants):
    used, now, taken = Used(), 1_000_000.0, 0
    start = now
    for step, number, grave in wants:
        now += step
        used, grant = take(used, Want("p", per_second, number, grave=grave), now, **HOW)
        assert 0 <= grant.number <= number
        taken += grant.number

    assert taken <= per_second * (now - start) + max(1, per_second * 0.25) + 0.01
