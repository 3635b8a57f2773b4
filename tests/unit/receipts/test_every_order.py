"""Any order, any repeat, any delay of evidence ends in one row of the real ledger."""

import asyncio
from datetime import timedelta
from itertools import count, pairwise, product
from random import Random

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import insert, select, update

from tests.unit.store.conftest import MESSAGE, NOW, make_alert  # noqa: F401
from warnbroker.model.actor import Actor
from warnbroker.model.identity import sortable_ids
from warnbroker.model.receipt import (
    ENGINE,
    FAILED,
    GIVE_UP,
    RESEND,
    TOLD,
    AttemptKey,
    Evidence,
    Reason,
    Receipt,
    State,
    again_code,
)
from warnbroker.model.record import PlannedDelivery, Task
from warnbroker.receipts.judge import Judge
from warnbroker.receipts.recorder import Recorder
from warnbroker.receipts.retry import RetryPolicy
from warnbroker.store import open_store
from warnbroker.store.tables import attempt, delivery

ATTEMPTS = 3
PROVIDERS = ("north", "south")
SAID = [
    Receipt(State.UNKNOWN, "north", reason=Reason.TIMEOUT),
    Receipt(State.ACCEPTED, "north", provider_ref="SM1"),
    Receipt(State.HANDED_OFF, "north", code="sent", sequence=1),
    Receipt(State.FAILED_TEMP, "north", reason=Reason.UNREACHABLE, code="30003"),
    Receipt(State.FAILED_PERM, "north", reason=Reason.RECIPIENT, code="30005"),
    Receipt(State.SUPPRESSED, "north", reason=Reason.OPTED_OUT, code="21610"),
    Receipt(State.CANCELLED, "north", code="canceled"),
    Receipt(State.EXPIRED, "north", reason=Reason.EXPIRED, code="30036"),
    Receipt(State.DELIVERED, "north", code="delivered", sequence=2),
    Receipt(State.CONFIRMED, "north", code="read"),
    Receipt(State.UNKNOWN, ENGINE, reason=Reason.CRASH, code=Reason.CRASH),
    Receipt(State.UNKNOWN, ENGINE, code=RESEND),
    Receipt(State.UNKNOWN, ENGINE, code=GIVE_UP),
    Receipt(State.IN_FLIGHT, ENGINE, code=again_code(1, State.DELIVERED)),
    Receipt(State.IN_FLIGHT, ENGINE, code=again_code(2, State.CONFIRMED)),
]
GOOD = [said for said in SAID if said.state in TOLD]
BAD = [said for said in SAID if said.state in FAILED]
OF_ALL = [
    Receipt(State.SUPERSEDED, ENGINE, reason=Reason.SUPERSEDED),
    Receipt(State.EXPIRED, ENGINE, reason=Reason.EXPIRED),
]
ONE_ATTEMPT = st.tuples(
    st.integers(1, ATTEMPTS), st.sampled_from(SAID), st.sampled_from(PROVIDERS)
).map(lambda drawn: (drawn[0], _by(drawn[2], drawn[1])))
WHOLE = st.sampled_from(OF_ALL).map(lambda receipt: (0, receipt))
PIECES = st.lists(st.one_of(ONE_ATTEMPT, ONE_ATTEMPT, ONE_ATTEMPT, WHOLE), min_size=1, max_size=7)
SHUFFLE = st.integers(0, 2**32)
HERE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
IDS = count(1_000)


def _by(provider, receipt):
    return receipt if receipt.provider == ENGINE else replace(receipt, provider=provider)


class Clock:
    """Stands still until it is moved."""

    def __init__(self):
        self.moment = NOW

    def now(self):
        return self.moment

    async def sleep(self, seconds):
        await asyncio.sleep(0)


class Ledger:
    """The real store and recorder in a file; closed and opened again as a restart does."""

    def __init__(self, path, alert):
        self.path, self.alert = path, alert
        self.clock = Clock()
        self.ids = sortable_ids(lambda: self.clock.moment)

    async def open(self):
        self.store = await open_store(f"sqlite:///{self.path}", None, self.clock, self.ids)
        judge = Judge(RetryPolicy(chance=Random(1)))
        self.recorder = Recorder(self.store.deliveries, judge, self.clock)
        return self

    async def restart(self):
        await self.store.close()
        await self.open()

    async def begin(self):
        await self.store.alerts.accept(self.alert, (), actor=Actor("duty"))
        await self.store.deliveries.messages(self.alert.id, [MESSAGE])

    async def plan(self):
        """Write one delivery and return its id."""
        number = next(IDS)
        row = PlannedDelivery(number, "sms", MESSAGE, 1, self.alert.expires, target=f"t{number}")
        await self.store.deliveries.plan(self.alert.id, [row], NOW)
        return number

    async def attempts(self, number):
        """Let a delivery have been begun, as often as it can be spoken of."""
        rows = [
            {"alert_id": self.alert.id, "delivery_id": number, "number": n, "repeat": False,
             "provider": "", "started_at": NOW}
            for n in range(1, ATTEMPTS + 1)
        ]  # fmt: skip
        begun = {"state": State.IN_FLIGHT, "task": Task.RESOLVE, "due_at": NOW, "told": True}
        begun["claimed_by"] = "dead"
        moved = update(delivery).where(delivery.c.id == number).values(attempts=ATTEMPTS, **begun)
        await self.store.deliveries._database.write(
            lambda c: (c.execute(insert(attempt), rows), c.execute(moved))
        )

    def key(self, number, which):
        return AttemptKey(self.alert.public_id, number, which)

    async def say(self, number, pieces):
        await self.recorder.record([Evidence(self.key(number, n), said) for n, said in pieces])

    async def row(self, number):
        wanted = select(
            delivery.c.state, delivery.c.task, delivery.c.told, delivery.c.late,
            delivery.c.conflict, delivery.c.duplicates,
        ).where(delivery.c.id == number)  # fmt: skip
        return await self.store.deliveries._database.read(lambda c: tuple(c.execute(wanted).one()))


@pytest.fixture
async def ledger(tmp_path, make_alert):  # noqa: F811
    opened = await Ledger(tmp_path / "w.db", make_alert()).open()
    await opened.begin()
    yield opened
    await opened.store.close()


def in_batches(pieces, chance):
    """Return pieces, some of them repeated, in any order and in batches of any size."""
    mixed = [*pieces, *chance.choices(pieces, k=chance.randrange(3))]
    chance.shuffle(mixed)
    cuts = sorted({0, len(mixed), *(chance.randrange(len(mixed)) for _ in range(3))})
    return [mixed[a:b] for a, b in pairwise(cuts)]


RESENT = [(3, SAID[0]), (3, SAID[11])]


@settings(max_examples=40, deadline=None, suppress_health_check=HERE)
@given(PIECES, SHUFFLE)
@example([*RESENT, (3, SAID[4])], 1)
@example([(1, SAID[4]), (1, SAID[8])], 1)
async def test_every_order_and_batch_ends_in_one_row(ledger, pieces, seed):
    chance = Random(seed)
    whole, *others = [await ledger.plan() for _ in range(4)]
    for number in (whole, *others):
        await ledger.attempts(number)

    await ledger.say(whole, pieces)
    for number in others[:2]:
        for batch in in_batches(pieces, chance):
            await ledger.say(number, batch)
    for piece in reversed(pieces):
        await ledger.say(others[2], [piece])

    assert {await ledger.row(number) for number in (whole, *others)} == {await ledger.row(whole)}


@settings(max_examples=15, deadline=None, suppress_health_check=HERE)
@given(PIECES, SHUFFLE)
async def test_what_came_before_its_attempt_counts_as_if_it_had_come_after(ledger, pieces, seed):
    ledger.clock.moment = NOW
    chance = Random(seed)
    after, before = await ledger.plan(), await ledger.plan()
    await ledger.attempts(after)
    pieces = [piece for piece in pieces if piece[0]]
    assume(pieces)

    await ledger.say(after, pieces)
    for batch in in_batches(pieces, chance):
        await ledger.say(before, batch)
    assert (await ledger.row(before))[0] == State.QUEUED
    await ledger.restart()
    ledger.clock.moment += timedelta(hours=chance.randrange(48))
    await ledger.attempts(before)
    await ledger.recorder.adopt()
    ledger.clock.moment = NOW

    # What is owed next depends on the hour; what happened does not.
    assert _happened(await ledger.row(before)) == _happened(await ledger.row(after))
    assert await ledger.store.deliveries.orphans() == 0


def _happened(row):
    state, _, *marks = row
    return State.FAILED_TEMP if state == State.RETRY_WAIT else state, marks


async def test_a_receipt_by_name_may_come_before_the_name_is_known(ledger):
    number = await ledger.plan()
    arrived = Evidence(None, Receipt(State.DELIVERED, "smsc", provider_ref="77"))

    await ledger.recorder.record([arrived])
    await ledger.restart()
    await ledger.attempts(number)
    await ledger.say(number, [(1, Receipt(State.ACCEPTED, "smsc", provider_ref="77", by_ref=True))])
    ledger.clock.moment += timedelta(hours=47)
    await ledger.recorder.adopt()

    assert (await ledger.row(number))[0] == State.DELIVERED
    assert await ledger.store.deliveries.orphans() == 0


@pytest.mark.timeout(20)
async def test_two_providers_that_count_alike_are_not_mixed_up(ledger):
    number = await ledger.plan()
    await ledger.attempts(number)
    await ledger.recorder.record(
        [Evidence(None, Receipt(State.DELIVERED, "east", provider_ref="77"))]
    )

    await ledger.say(number, [(1, Receipt(State.ACCEPTED, "west", provider_ref="77", by_ref=True))])
    await ledger.recorder.adopt()

    assert (await ledger.row(number))[0] == State.ACCEPTED
    assert await ledger.store.deliveries.orphans() == 1


async def test_what_nobody_ever_knew_is_dropped_after_two_days(ledger):
    await ledger.say(1, [(1, SAID[8])])
    ledger.clock.moment += timedelta(hours=49)

    await ledger.recorder.adopt()

    assert await ledger.store.deliveries.orphans() == 0


async def test_what_nobody_knows_is_kept_once_however_often_it_is_said(ledger):
    for _ in range(5):
        await ledger.say(1, [(1, SAID[8]), (1, SAID[8])])
        await ledger.recorder.record(
            [Evidence(None, Receipt(State.DELIVERED, "smsc", provider_ref="5"))] * 2
        )

    assert await ledger.store.deliveries.orphans() == 2


async def test_good_news_wins_and_the_contradiction_is_flagged(ledger):
    rows = {}
    for good, bad in product(GOOD, BAD):
        for pieces, apart in product(([good, bad], [bad, good]), (True, False)):
            number = await ledger.plan()
            await ledger.attempts(number)
            for batch in [[piece] for piece in pieces] if apart else [pieces]:
                await ledger.say(number, [(3, said) for said in batch])
            rows.setdefault((good.state, bad.state), set()).add(await ledger.row(number))

    for (good, _), found in rows.items():
        assert found == {(good, None, True, True, True, 0)}


async def test_a_send_that_a_crash_cut_short_is_found_whatever_was_heard_of_earlier_ones(ledger):
    number = await ledger.plan()
    await ledger.attempts(number)
    await ledger.say(number, [(1, SAID[3])])

    left = await ledger.store.deliveries.interrupted("another", 10)

    assert [history.id for history in left] == [number]
