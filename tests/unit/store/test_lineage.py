"""What belongs to which warning and what ends what, as the ledger decides it in one transaction."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.store.conftest import NOW, begin, only_sqlite
from warnbroker.errors import ConflictError
from warnbroker.model.actor import Actor
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.message import MessageKind
from warnbroker.model.receipt import AttemptKey, Evidence, Receipt, State
from warnbroker.model.record import PlannedDelivery, Verdict
from warnbroker.store import told
from warnbroker.store.registers import audit

DESK = Actor("desk", "203.0.113.7")


async def arrive(store, record, *names):
    """Accept an alert that refers to others; return it as the ledger has it then."""
    return await store.alerts.accept(record, [item.public_id for item in names], actor=DESK)


@pytest.fixture
def update(make_alert):
    def make(number, **kwargs):
        return make_alert(number, **{"msg_type": MsgType.UPDATE} | kwargs)

    return make


@pytest.fixture
def cancel(make_alert):
    def make(number, **kwargs):
        return make_alert(number, **{"msg_type": MsgType.CANCEL} | kwargs)

    return make


async def test_an_update_joins_the_warning_and_stops_what_was(store, make_alert, update):
    first = await arrive(store, make_alert(1))

    second = await arrive(store, update(2), first)

    stopped = await store.alerts.get(1)
    assert second.warning_id == first.public_id
    assert (stopped.stopped_by, stopped.stopped_as) == (second.public_id, MsgType.UPDATE)
    assert second.stopped_at is None


async def test_an_alert_that_comes_after_its_cancel_is_stopped_at_once(store, make_alert, cancel):
    first = make_alert(2)
    ended = await arrive(store, cancel(1, relayed=True), first)

    late = await arrive(store, replace(first, relayed=True))

    assert (late.stopped_by, late.stopped_as) == (ended.public_id, MsgType.CANCEL)
    assert late.warning_id == ended.warning_id
    assert [item.id for item in await store.alerts.chain(late.warning_id)] == [2, 1]
    assert await store.alerts.in_force(NOW) == [await store.alerts.get(1)]


async def test_the_record_says_what_was_superseded_and_that_it_came_late(store, make_alert, update):
    first = make_alert(2)
    await arrive(store, update(1), first)
    await arrive(store, first)

    rows = await store.database.read(lambda c: c.execute(audit.select()).all())
    said = [row for row in rows if row.event == "alert_superseded"]

    assert [(row.subject, row.actor) for row in said] == [(first.public_id, "desk")]
    assert '"late":true' in said[0].detail


@pytest.mark.parametrize(
    "strange",
    [
        {"sender": "other@x.example"},
        {"status": Status.EXERCISE},
        {"scope": Scope.PRIVATE},
        {"internal": True},
        {"relayed": True},
    ],
)
async def test_what_is_of_another_kind_ends_nothing_whichever_comes_first(
    store, make_alert, cancel, strange
):
    first = await arrive(store, make_alert(1))
    later = make_alert(4)

    await arrive(store, cancel(2, **strange), first)
    await arrive(store, cancel(3, **strange), later)
    kept = await arrive(store, later)

    assert (await store.alerts.get(1)).stopped_at is None
    assert kept.stopped_at is None
    assert kept.warning_id == kept.public_id


async def test_what_refers_to_two_warnings_makes_one_of_them(store, make_alert, cancel):
    first, second = await arrive(store, make_alert(1)), await arrive(store, make_alert(2))

    ended = await arrive(store, cancel(3), first, second)

    assert [item.id for item in await store.alerts.chain(ended.warning_id)] == [1, 2, 3]
    assert ended.warning_id == first.public_id
    assert (await store.alerts.find(second.public_id)).warning_id == first.public_id


async def test_what_is_over_is_not_drawn_into_what_holds(store, make_alert, cancel, update):
    gone, holds = await arrive(store, make_alert(1)), await arrive(store, make_alert(2))
    await arrive(store, cancel(3), gone)
    expired = await arrive(store, make_alert(4, expires=NOW - timedelta(minutes=1)))

    second = await arrive(store, update(5), gone, holds, expired)

    assert [item.id for item in await store.alerts.chain(second.warning_id)] == [2, 5]


async def test_of_two_cancels_the_second_is_refused_and_nothing_of_it_kept(
    store, make_alert, cancel
):
    first = await arrive(store, make_alert(1))

    found = await asyncio.gather(
        *(arrive(store, cancel(number), first) for number in (2, 3, 4)), return_exceptions=True
    )

    assert sum(isinstance(item, ConflictError) for item in found) == 2
    assert len(await store.alerts.chain(first.warning_id)) == 2


async def test_of_updates_at_once_the_last_holds_and_has_stopped_all_others(
    store, make_alert, update
):
    first = await arrive(store, make_alert(1))

    await asyncio.gather(*(arrive(store, update(number), first) for number in range(2, 12)))

    chain = await store.alerts.chain(first.warning_id)
    assert len(chain) == 11
    assert [item.stopped_at is None for item in chain] == [False] * 10 + [True]


async def test_a_change_that_learns_of_more_people_is_planned_again(
    store, make_alert, update, cancel
):
    known = await arrive(store, make_alert(1))
    missing = update(3)
    ended = await arrive(store, cancel(2), missing)
    await store.alerts.planned(ended.id, NOW)

    await arrive(store, missing, known)

    chain = await store.alerts.chain(known.warning_id)
    assert [item.id for item in chain] == [1, 3, 2]
    assert ended.id in await store.alerts.to_plan()


@pytest.fixture
async def failed(store, make_alert, message):
    """An alert with a delivery that failed for good."""
    first = await arrive(store, make_alert(1))
    await store.deliveries.messages(1, [message])
    ids = await store.deliveries.addresses([("phone", "+15550000001")])
    row = PlannedDelivery(
        10, "sms", message, 1, NOW + timedelta(hours=1), address_id=next(iter(ids.values()))
    )
    await store.deliveries.plan(1, [row], NOW)
    until = NOW + timedelta(minutes=1)
    claimed = await store.deliveries.claim("sms", "me", NOW, until, 10, 9)
    await begin(store, claimed, "me", NOW, until)
    await learn(store, first, State.FAILED_PERM, Verdict(State.FAILED_PERM))
    return first, row


async def learn(store, record, state, verdict):
    key = AttemptKey(record.public_id, 10, 1)
    await store.deliveries.apply([Evidence(key, Receipt(state, "p"))], NOW, lambda _: verdict)


async def test_who_was_told_after_all_is_owed_the_cancel_until_it_is_planned(
    store, cancel, failed, message
):
    first, row = failed
    ended = await arrive(store, cancel(2), first)
    await store.deliveries.messages(2, [replace(message, kind=MessageKind.CANCEL, id=8)])
    await store.alerts.planned(2, NOW)
    before = await store.deliveries.owed(NOW, 10)

    await learn(store, first, State.DELIVERED, Verdict(State.DELIVERED, told=True, late=True))
    owed = await store.deliveries.owed(NOW, 10)
    await store.deliveries.plan(2, [replace(row, id=20)], NOW)

    assert before == {}
    assert [item.address_id for item in owed[ended.id]] == [row.address_id]
    assert await store.deliveries.owed(NOW, 10) == {}


async def test_nothing_is_owed_by_what_holds_or_has_expired(store, cancel, failed, message):
    first, _ = failed
    await learn(store, first, State.DELIVERED, Verdict(State.DELIVERED, told=True, conflict=True))
    holding = await store.deliveries.owed(NOW, 10)

    await arrive(store, cancel(2), first)
    await store.deliveries.messages(2, [replace(message, kind=MessageKind.CANCEL, id=8)])
    await store.alerts.planned(2, NOW)

    assert holding == {}
    assert set(await store.deliveries.owed(NOW, 10)) == {2}
    assert await store.deliveries.owed(NOW + timedelta(hours=2), 10) == {}


@only_sqlite
async def test_the_few_that_arrived_late_are_found_by_their_own_index(store, failed):
    first, _ = failed
    await learn(store, first, State.DELIVERED, Verdict(State.DELIVERED, told=True, late=True))

    def plan(connection):
        said = []
        sqlite = connection.connection.dbapi_connection
        sqlite.set_trace_callback(said.append)
        told.owed(connection, NOW, 10)
        sqlite.set_trace_callback(None)
        steps = sqlite.execute(f"EXPLAIN QUERY PLAN {said[-1]}").fetchall()
        return [step[3] for step in steps]

    assert "SCAN delivery USING INDEX ix_delivery_late" in await store.database.read(plan)
