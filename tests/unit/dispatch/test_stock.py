"""A lane always has something in hand, and the gravest is on top."""

import asyncio

import pytest

from tests.unit.dispatch.ledger import Ledger, StandingClock
from warnbroker.dispatch.stock import LOOK_FOR_GRAVER, LOWEST_RANK, Stock
from warnbroker.errors import StoreError


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture
def stock(ledger, clock):
    return Stock(ledger, clock, "sms", "me", size=10, lease=60.0)


async def ids(stock, number):
    return [item.id for item in await stock.take(number)]


async def a_few_turns():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_next_are_claimed_while_half_of_the_last_are_left(stock, ledger):
    ledger.add(*range(25))

    assert await ids(stock, 4) == [0, 1, 2, 3]
    await ids(stock, 1)
    assert len(ledger.claims) == 1
    await ids(stock, 1)
    await a_few_turns()

    assert [claimed for _, claimed in ledger.claims] == [[*range(10)], [*range(10, 20)]]
    assert await ids(stock, 6) == [*range(6, 12)]


async def test_when_nothing_is_due_nothing_is_claimed_ahead(stock, ledger):
    ledger.add(*range(7))

    assert await ids(stock, 6) == [*range(6)]
    assert await ids(stock, 6) == [6]
    await a_few_turns()

    assert len(ledger.claims) == 1


async def test_something_graver_overtakes_what_is_held(stock, ledger, clock):
    ledger.add(*range(9), rank=4)
    await ids(stock, 1)
    ledger.add(100, rank=1)
    clock.pass_seconds(LOOK_FOR_GRAVER.total_seconds())

    await ids(stock, 1)
    await a_few_turns()

    assert await ids(stock, 2) == [100, 2]
    assert ledger.claims[1] == (3, [100])


async def test_nothing_is_graver_than_the_gravest(stock, ledger, clock):
    ledger.add(*range(9), rank=1)
    await ids(stock, 1)
    clock.pass_seconds(60)
    await ids(stock, 1)
    await a_few_turns()

    assert [rank for rank, _ in ledger.claims] == [LOWEST_RANK]


async def test_a_row_that_comes_back_while_it_is_held_is_held_once(stock, ledger):
    ledger.add(*range(10))
    await ids(stock, 5)
    ledger.add(9, 11)
    await ids(stock, 1)
    await a_few_turns()

    assert sorted(await ids(stock, 20)) == [6, 7, 8, 9, 11]


async def test_what_was_taken_and_not_begun_can_be_put_back(stock, ledger):
    ledger.add(*range(3))
    taken = await stock.take(2)

    stock.put_back(taken)

    assert sorted(await ids(stock, 5)) == [0, 1, 2]


async def test_a_ledger_that_is_away_costs_nothing_that_is_held(stock, ledger):
    ledger.add(*range(12))
    await ids(stock, 5)
    ledger.refusals["claim"] = 1
    await ids(stock, 1)
    await a_few_turns()

    with pytest.raises(StoreError):
        await stock.take(1)

    assert await ids(stock, 4) == [6, 7, 8, 9]


async def test_what_a_claim_brings_to_one_who_left_is_given_back(stock, ledger):
    ledger.add(1, 2)
    ledger.open.clear()
    taking = asyncio.create_task(stock.take(5))
    await a_few_turns()
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)

    ledger.open.set()
    await stock.give_back()

    assert ledger.released == [1, 2]


async def test_what_comes_back_twice_is_held_once(stock, ledger):
    ledger.add(*range(4))
    taken = list(await stock.take(4))

    stock.put_back([*taken, *taken])

    assert await ids(stock, 10) == [0, 1, 2, 3]


async def test_while_nothing_is_due_the_ledger_is_asked_once_for_each_reason_to_look(stock, ledger):
    for _ in range(20):
        assert not await stock.take(5)
    stock.look()
    assert not await stock.take(5)

    assert len(ledger.claims) == 2


async def test_what_is_announced_during_a_claim_is_looked_for_after_it(stock, ledger):
    ledger.open.clear()
    first = asyncio.create_task(stock.take(5))
    await a_few_turns()
    stock.look()
    ledger.open.set()
    assert not await first

    ledger.add(1)

    assert await ids(stock, 5) == [1]


async def test_after_a_claim_that_failed_the_ledger_is_asked_again(stock, ledger):
    ledger.add(1)
    ledger.refusals["claim"] = 1
    with pytest.raises(StoreError):
        await stock.take(5)

    assert await ids(stock, 5) == [1]


async def test_whoever_waits_is_told_of_what_a_claim_brought(ledger, clock):
    told = []
    stock = Stock(ledger, clock, "sms", "me", 10, 60.0, lambda: told.append(1))

    await stock.take(5)
    await a_few_turns()
    assert not told
    ledger.add(1)
    stock.look()
    await stock.take(5)
    await a_few_turns()

    assert told == [1]
