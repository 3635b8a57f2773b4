"""Deliveries in a real SQLite file: planned once, claimed once, begun once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.dialects import sqlite

from tests.unit.store.conftest import begin, only_sqlite
from warnbroker.model.actor import Actor
from warnbroker.model.enums import MsgType
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt, State
from warnbroker.model.record import QUIET_HOURS, PlannedDelivery, Sent, Task, Turn, Verdict
from warnbroker.receipts.judge import Judge
from warnbroker.store import due
from warnbroker.store.tables import microseconds

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
LEASE = NOW + timedelta(seconds=60)

DUTY = Actor("duty")


async def claim(store, owner="a", now=NOW, limit=100):
    return await store.deliveries.claim("sms", owner, now, now + timedelta(seconds=60), limit, 9)


async def test_planning_twice_writes_each_address_once(store, planned):
    assert await store.deliveries.counts(planned.id) == {"sms": {"QUEUED": 10}}


async def test_pages_of_the_audience_hold_everybody_once(people):
    assert len({person.subscriber_id for person in people}) == 10


async def test_two_claimers_never_hold_the_same_row(store, planned):
    first, second = await asyncio.gather(claim(store, "a", limit=6), claim(store, "b", limit=6))

    keys = [item.id for item in (*first, *second)]
    assert len(keys) == len(set(keys)) == 10


@only_sqlite
async def test_the_address_comes_back_in_clear_and_lies_sealed_in_the_file(
    store, planned, tmp_path
):
    claimed = await claim(store)

    assert claimed[0].address == "+15550000000"
    assert (
        b"15550000" not in (tmp_path / "w.db").read_bytes() + (tmp_path / "w.db-wal").read_bytes()
    )


async def test_a_row_that_was_begun_cannot_be_begun_again(store, planned):
    claimed = await claim(store)

    begun = await begin(store, claimed, "a", NOW, LEASE)
    again = await begin(store, claimed, "a", NOW, LEASE)

    assert len(begun) == 10
    assert not again


async def test_nothing_of_a_stopped_alert_is_begun(store, planned, make_alert):
    claimed = await claim(store)
    await store.alerts.accept(
        make_alert(2, msg_type=MsgType.UPDATE), [planned.public_id], actor=DUTY
    )

    assert not await begin(store, claimed, "a", NOW, LEASE)


async def test_nothing_is_claimed_or_begun_after_it_expired(store, planned):
    claimed = await claim(store)
    late = planned.expires + timedelta(seconds=1)

    assert not await begin(store, claimed, "a", late, late)
    assert not await claim(store, now=late)


async def test_a_lease_that_ran_out_frees_the_row(store, planned):
    await claim(store, "dead")

    assert len(await claim(store, "b", now=LEASE + timedelta(seconds=1))) == 10


async def test_what_a_dead_process_claimed_is_taken_back_at_once(store, planned):
    await claim(store, "dead")

    await store.deliveries.take_back("b", NOW)

    assert len(await claim(store, "b")) == 10


async def test_what_a_dead_process_left_in_flight_is_found(store, planned):
    await begin(store, await claim(store, "dead"), "dead", NOW, LEASE)

    assert len(await store.deliveries.interrupted("b", 100)) == 10
    assert not await store.deliveries.interrupted("dead", 100)


async def test_evidence_settles_the_row_and_a_repeat_changes_nothing(store, planned):
    begun = await begin(store, await claim(store), "a", NOW, LEASE)
    key = AttemptKey(planned.public_id, begun[0].id, 1)
    evidence = [Evidence(key, Receipt(State.DELIVERED, "p", code="delivered"))]
    judged = []

    def judge(history):
        judged.append(history)
        return Judge()(history, NOW)

    await store.deliveries.apply(evidence, NOW, judge)
    await store.deliveries.apply(evidence, NOW, judge)

    assert len(judged) == 1
    assert (await store.deliveries.counts(planned.id))["sms"] == {"IN_FLIGHT": 9, "DELIVERED": 1}


async def test_evidence_of_an_attempt_that_nobody_knows_is_kept_aside(store, planned):
    keys = [AttemptKey(planned.public_id, 100, 9), AttemptKey("z" * 26, 1, 1)]
    evidence = [Evidence(key, Receipt(State.DELIVERED, "p")) for key in keys]

    def never(history):
        raise AssertionError(history)

    await store.deliveries.apply(evidence, NOW, never)

    assert await store.deliveries.orphans() == 2


async def test_a_failure_inside_the_transaction_keeps_nothing_of_it(store, planned):
    begun = await begin(store, await claim(store), "a", NOW, LEASE)
    evidence = [
        Evidence(AttemptKey(planned.public_id, item.id, 1), Receipt(State.DELIVERED, "p"))
        for item in begun
    ]

    def broken(history):
        if history.id == begun[-1].id:
            raise RuntimeError("boom")
        return Verdict(State.DELIVERED)

    with pytest.raises(RuntimeError):
        await store.deliveries.apply(evidence, NOW, broken)

    assert (await store.deliveries.counts(planned.id))["sms"] == {"IN_FLIGHT": 10}


async def test_the_gravest_comes_first(store, planned, make_alert, message, people):
    bulk = await store.alerts.accept(make_alert(2, rank=4, level="blue"), (), actor=DUTY)
    await store.deliveries.messages(bulk.id, [message])
    row = PlannedDelivery(900, "sms", message, 4, bulk.expires, None, 0, "somebody")
    await store.deliveries.plan(bulk.id, [row], NOW - timedelta(hours=1))

    claimed = await claim(store, limit=11)

    assert [item.rank for item in claimed] == [1] * 10 + [4]


async def test_who_may_have_been_told_is_streamed_whole(store, planned):
    begun = await begin(store, (await claim(store))[:7], "a", NOW, LEASE)

    told = [item async for page in store.deliveries.told([planned.id], 3) for item in page]

    assert len(told) == len(begun) == 7
    assert all(item.candidate is not None and item.language == "en" for item in told)


async def test_overdue_rows_are_named_with_the_reason(store, planned, make_alert):
    assert not await store.deliveries.overdue(NOW, 100)

    late = await store.deliveries.overdue(planned.expires, 100)
    await store.alerts.accept(
        make_alert(2, msg_type=MsgType.UPDATE), [planned.public_id], actor=DUTY
    )
    stopped = await store.deliveries.overdue(NOW, 100)

    assert {state for _, state in late} == {State.EXPIRED}
    assert {state for _, state in stopped} == {State.SUPERSEDED}
    assert all(history.task is Task.SEND for history, _ in stopped)


async def test_the_first_and_the_last_hand_off_of_an_alert_are_noted(store, planned):
    begun = await begin(store, await claim(store), "a", NOW, LEASE)
    for number, item in enumerate(begun[:2]):
        evidence = Evidence(AttemptKey(planned.public_id, item.id, 1), Receipt(State.ACCEPTED, "p"))
        at = NOW + timedelta(seconds=number)
        await store.deliveries.apply([evidence], at, lambda history: Judge()(history, NOW))

    alert = await store.alerts.get(planned.id)

    assert (alert.first_handoff_at, alert.last_handoff_at) == (NOW, NOW + timedelta(seconds=1))


async def test_alerts_of_one_rank_share_what_is_taken(store, planned, make_alert, message):
    other = await store.alerts.accept(make_alert(2), (), actor=DUTY)
    await store.deliveries.messages(other.id, [message])
    rows = [
        PlannedDelivery(500 + n, "sms", message, 1, other.expires, None, 0, f"t{n}")
        for n in range(10)
    ]
    await store.deliveries.plan(other.id, rows, NOW + timedelta(seconds=1))

    claimed = await claim(store, limit=8, now=NOW + timedelta(seconds=1))

    assert [item.alert_id for item in claimed].count(planned.id) == 4
    assert [item.alert_id for item in claimed].count(other.id) == 4


async def test_an_alert_with_little_to_send_leaves_the_rest_to_the_others(
    store, planned, make_alert, message
):
    other = await store.alerts.accept(make_alert(2), (), actor=DUTY)
    await store.deliveries.messages(other.id, [message])
    row = PlannedDelivery(500, "sms", message, 1, other.expires, None, 0, "alone")
    await store.deliveries.plan(other.id, [row], NOW)

    claimed = await claim(store, limit=8)

    assert len(claimed) == 8
    assert [item.alert_id for item in claimed].count(other.id) == 1


async def turn(store, sent=(), batch=(), now=NOW):
    judge = Judge()
    return await store.deliveries.turn(
        sent, batch, Turn("a", now, LEASE), lambda history: judge(history, now)
    )


def taken(item, state=State.ACCEPTED, **more):
    return Sent(item, Receipt(state, "p", provider_ref=f"ref-{item.id}", **more), NOW)


async def test_one_turn_settles_what_was_sent_and_begins_the_next(store, planned):
    claimed = await claim(store)
    first = await turn(store, batch=claimed[:4])

    second = await turn(store, [taken(item) for item in first], claimed[4:])

    assert len(second) == 6
    assert (await store.deliveries.counts(planned.id))["sms"] == {"ACCEPTED": 4, "IN_FLIGHT": 6}


async def test_what_was_begun_and_never_sent_is_as_before(store, planned):
    claimed = await claim(store)
    await turn(store, batch=claimed[:6])

    await store.deliveries.undo(claimed, "a", NOW, LEASE)

    assert (await store.deliveries.counts(planned.id))["sms"] == {"CLAIMED": 10}
    assert len(await turn(store, batch=claimed)) == 10
    found = await store.deliveries.page(planned.id, channel="", state="", after=0, limit=99)
    assert [[attempt.number for attempt in history.attempts] for history in found] == [[1]] * 10


async def test_what_one_claim_took_and_nobody_has_is_free_again(store, planned):
    [kept] = await claim(store, limit=1)
    [begun, _] = await claim(store, limit=2, now=NOW + timedelta(seconds=1))
    await turn(store, batch=[begun])
    await claim(store, "b", limit=3)

    await store.deliveries.unclaim("sms", "a", NOW + timedelta(seconds=61), NOW)

    counts = (await store.deliveries.counts(planned.id))["sms"]
    assert counts == {"CLAIMED": 4, "IN_FLIGHT": 1, "QUEUED": 5}
    assert len(await turn(store, batch=[kept])) == 1


async def test_what_was_sent_or_is_another_ones_cannot_be_undone(store, planned):
    mine, others = await claim(store, limit=4), await claim(store, "b", limit=4)
    begun = await begin(store, mine, "a", NOW, LEASE)
    await begin(store, others, "b", NOW, LEASE)
    await turn(store, [taken(item) for item in begun])

    await store.deliveries.undo([*mine, *others], "a", NOW, LEASE)

    counts = (await store.deliveries.counts(planned.id))["sms"]
    assert counts == {"ACCEPTED": 4, "IN_FLIGHT": 4, "QUEUED": 2}


async def test_a_callback_that_comes_before_the_answer_is_not_undone_by_it(store, planned):
    begun = await turn(store, batch=await claim(store))
    early = Evidence(AttemptKey(planned.public_id, begun[0].id, 1), Receipt(State.DELIVERED, "p"))
    await store.deliveries.apply([early], NOW, lambda history: Judge()(history, NOW))

    await turn(store, [taken(item) for item in begun])

    assert (await store.deliveries.counts(planned.id))["sms"] == {"DELIVERED": 1, "ACCEPTED": 9}


async def test_what_failed_is_judged_beside_what_was_taken(store, planned):
    begun = await turn(store, batch=await claim(store))
    gone = taken(begun[0], State.FAILED_PERM, reason=Reason.RECIPIENT)

    await turn(store, [gone, *(taken(item) for item in begun[1:])])

    assert (await store.deliveries.counts(planned.id))["sms"] == {"FAILED_PERM": 1, "ACCEPTED": 9}


async def test_a_receipt_that_names_only_the_providers_reference_finds_its_attempt(store, planned):
    begun = await turn(store, batch=await claim(store))
    await turn(store, [taken(item, by_ref=True) for item in begun])
    receipt = Evidence(None, Receipt(State.DELIVERED, "p", provider_ref=f"ref-{begun[3].id}"))

    await store.deliveries.apply([receipt], NOW, lambda history: Judge()(history, NOW))

    assert (await store.deliveries.counts(planned.id))["sms"]["DELIVERED"] == 1


@pytest.mark.parametrize("path", ["turn", "apply", "one turn"])
async def test_a_name_that_a_provider_gives_again_stands_for_its_newest_attempt(
    store, planned, path
):
    first, second, *_ = await turn(store, batch=await claim(store))
    named = Receipt(State.ACCEPTED, "p", provider_ref="1", by_ref=True)
    old, new = Sent(first, named, NOW), Sent(second, named, NOW)

    def judge(history):
        return Judge()(history, NOW)

    await turn(store, [old, new] if path == "one turn" else [old])
    if path == "turn":
        await turn(store, [new])
    if path == "apply":
        await store.deliveries.apply([Evidence(new.key, new.receipt)], NOW, judge)
    told = Evidence(None, Receipt(State.DELIVERED, "p", provider_ref="1"))
    await store.deliveries.apply([told], NOW, judge)

    found = await store.deliveries.page(planned.id, channel="sms", state="", after=0, limit=99)
    assert [item.id for item in found if item.state is State.DELIVERED] == [second.id]


async def test_a_receipt_before_the_answer_that_names_it_is_matched_afterwards(store, planned):
    begun = await turn(store, batch=await claim(store))
    receipt = Evidence(None, Receipt(State.DELIVERED, "p", provider_ref=f"ref-{begun[3].id}"))
    await store.deliveries.apply([receipt], NOW, lambda history: Judge()(history, NOW))
    await turn(store, [taken(item, by_ref=True) for item in begun])

    await store.deliveries.adopt(NOW, 100, lambda history: Judge()(history, NOW))

    assert (await store.deliveries.counts(planned.id))["sms"]["DELIVERED"] == 1
    assert await store.deliveries.orphans() == 0


async def test_what_is_held_waits_with_its_cause_for_anybody(store, planned):
    claimed = await claim(store)
    until = NOW + timedelta(seconds=30)

    await store.deliveries.hold([(item, until, "rate:p") for item in claimed], "a", NOW)

    assert not await claim(store, "b")
    assert len(await claim(store, "b", now=until)) == 10


@pytest.mark.parametrize("sent", [0, 1])
async def test_a_claim_that_was_tried_meanwhile_begins_nothing(store, planned, sent):
    stale, *others = await claim(store)
    later, again = NOW + timedelta(seconds=61), NOW + timedelta(seconds=75)
    fresh = next(item for item in await claim(store, now=later) if item.id == stale.id)
    await turn(store, batch=[fresh], now=later)
    failed = Receipt(State.FAILED_TEMP, "p", reason=Reason.CONNECT)
    await turn(store, [Sent(fresh, failed, later)], now=later)
    newest = next(item for item in await claim(store, now=again) if item.id == stale.id)

    # What is taken back with results of others goes another way.
    results = [taken(item) for item in await turn(store, batch=others[:sent], now=again)]
    begun = await turn(store, results, [stale], now=again)

    assert newest.attempts == 1
    assert not begun
    assert [item.id for item in await turn(store, batch=[newest], now=again)] == [stale.id]


async def test_who_was_tried_goes_before_those_who_wait_and_takes_half_at_most(store, planned):
    begun = await turn(store, batch=await claim(store, limit=4))
    failed = Receipt(State.FAILED_TEMP, "p", reason=Reason.CONNECT)
    await turn(store, [Sent(item, failed, NOW) for item in begun])
    tried, later = {item.id for item in begun}, NOW + timedelta(minutes=1)

    first = await claim(store, now=later, limit=4)
    rest = await claim(store, now=later, limit=100)

    assert len(first) == 4
    assert len(tried & {item.id for item in first}) == 2
    assert len(rest) == 6
    assert tried <= {item.id for item in (*first, *rest)}


async def test_of_those_who_were_tried_all_go_where_nobody_else_waits(store, planned):
    begun = await turn(store, batch=await claim(store))
    failed = Receipt(State.FAILED_TEMP, "p", reason=Reason.CONNECT)
    await turn(store, [Sent(item, failed, NOW) for item in begun])

    assert len(await claim(store, now=NOW + timedelta(minutes=1), limit=9)) == 9


@only_sqlite
async def test_who_was_tried_is_found_without_a_walk_through_all_that_waits(store, planned):
    statement = str(due.TRIED.compile(dialect=sqlite.dialect()))

    def plan(connection):
        values = ("1", "sms", 1, 1, 1, 1, 0)
        return connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values).all()

    assert any("ix_delivery_tried" in row.detail for row in await store.database.read(plan))


async def test_what_is_over_is_not_even_looked_through(store, planned):
    after = planned.expires + timedelta(seconds=1)

    assert await store.database.read(lambda c: _lots(c, NOW)) == [[planned.id, 1]]
    assert await store.database.read(lambda c: _lots(c, after)) == []


def _lots(connection, now):
    asked = {"of_task": Task.SEND, "of_channel": "sms", "lowest_rank": 9}
    return due.LOTS.rows(connection, {**asked, "at_now": microseconds(now)})


async def test_a_clock_put_right_wakes_nobody_before_the_end_of_their_quiet_hours(
    store, make_alert, message
):
    alert = await store.alerts.accept(make_alert(9), (), actor=Actor("duty"))
    await store.deliveries.messages(alert.id, [message])
    ids = await store.deliveries.addresses([("phone", "+15550000001"), ("phone", "+15550000002")])
    rows = [
        PlannedDelivery(number, "sms", message, 1, alert.expires, address_id=address,
                        due_at=NOW + timedelta(minutes=50), delayed_by=cause)
        for (number, cause), address in zip(
            [(1, QUIET_HOURS), (2, "rate:p")], ids.values(), strict=True
        )
    ]  # fmt: skip
    await store.deliveries.plan(alert.id, rows, NOW)

    await store.deliveries.bring_forward(timedelta(minutes=40), NOW)

    soon = await claim(store, now=NOW + timedelta(minutes=10))
    assert [item.id for item in soon] == [2]


async def test_words_of_a_provider_that_are_too_long_or_odd_are_kept_and_matched(store, planned):
    first, second = await turn(store, batch=await claim(store, limit=2))
    long, odd = "".join(f"{n:x}é" for n in range(9_000)), "a\0b\ud800"
    sent = [
        Sent(item, Receipt(State.ACCEPTED, "p", provider_ref=ref, code=ref, by_ref=True), NOW)
        for item, ref in ((first, long), (second, odd))
    ]
    early = [Evidence(None, Receipt(State.DELIVERED, "p", provider_ref=ref)) for ref in (long, odd)]

    def judge(history):
        return Judge()(history, NOW)

    await store.deliveries.apply(early, NOW, judge)
    await turn(store, sent)
    await store.deliveries.adopt(NOW, 100, judge)

    assert (await store.deliveries.counts(planned.id))["sms"]["DELIVERED"] == 2
    assert await store.deliveries.orphans() == 0
