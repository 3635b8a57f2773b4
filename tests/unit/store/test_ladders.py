"""Ladders in a real SQLite file: a step and what it sends are written together, and once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.unit.store.conftest import NOW, begin
from warnbroker.contracts.doorsteps import Place
from warnbroker.contracts.escalation import Move, Taken, Unreached
from warnbroker.errors import StoreError
from warnbroker.model.actor import Actor
from warnbroker.model.doorstep import DESK, Answer, Visit
from warnbroker.model.event import Event
from warnbroker.model.ladder import Action
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt, State, again_code
from warnbroker.model.record import AuditFilter, PlannedDelivery, Task
from warnbroker.model.subscriber import AddressKind, Subscriber
from warnbroker.receipts.judge import Judge
from warnbroker.store import ladders as module
from warnbroker.store.ladder_tables import escalation, ladder

MINUTE = timedelta(minutes=1)
DUTY = Actor("duty")
LOOKS = {1: 3 * MINUTE}


def receipts(channel, provider):
    return channel != "email"


@pytest.fixture
async def sent(store, make_alert, message):
    """An alert to four people, accepted by the provider for all of them."""
    alert = await store.alerts.accept(make_alert(), (), actor=DUTY)
    await store.deliveries.messages(alert.id, [message])
    persons = [
        Subscriber(f"p{n}", {AddressKind.PHONE: f"+1555000{n:04d}"}, position=(60.0, 24.0))
        for n in range(4)
    ]
    await store.subscribers.write([(person, n) for n, person in enumerate(persons)])
    people = [p async for page in store.subscribers.by_cells([(0, 9)], 9) for p in page]
    rows = [
        PlannedDelivery(
            100 + n, "sms", message, 1, alert.expires, person.subscriber_id,
            person.addresses[AddressKind.PHONE],
        )
        for n, person in enumerate(people)
    ]  # fmt: skip
    await store.deliveries.plan(alert.id, rows, NOW, looks=LOOKS)
    claimed = await store.deliveries.claim("sms", "a", NOW, NOW + MINUTE, 9, 9)
    await begin(store, claimed, "a", NOW, NOW + MINUTE)
    await say(store, alert, State.ACCEPTED, *range(100, 104))
    return alert


async def say(store, alert, state, *deliveries, attempt=1, reason=None):
    evidence = [
        Evidence(AttemptKey(alert.public_id, number, attempt), Receipt(state, "p", reason=reason))
        for number in deliveries
    ]
    judge = Judge()
    await store.deliveries.apply(evidence, NOW, lambda history: judge(history, NOW))


async def due(store, at=3 * MINUTE):
    return await store.ladders.due(1, NOW + at, 100, receipts)


def again(climber, **kwargs):
    taken = Taken(
        1, Action.AGAIN, "quay", "sent", again=(climber.sent[0].id,),
        wish=again_code(1, State.DELIVERED),
    )  # fmt: skip
    return Move(climber, 1, NOW + 9 * MINUTE, taken, **kwargs)


async def rows(store, table):
    return await store.database.read(lambda c: c.execute(select(table)).all())


async def test_everybody_planned_is_looked_at_when_it_is_time_and_not_before(store, sent):
    assert await due(store, 2 * MINUTE) == []
    assert {climber.first_at for climber in await due(store)} == {NOW}
    assert len(await due(store)) == 4


async def test_planning_again_puts_nobody_back_to_the_foot(store, sent, message):
    first = (await due(store))[0]
    await store.ladders.move([again(first)], NOW)
    person = first.person
    row = PlannedDelivery(
        999, "voice", message, 1, sent.expires, person.subscriber_id,
        person.addresses[AddressKind.PHONE],
    )  # fmt: skip

    await store.deliveries.plan(sent.id, [row], NOW, looks=LOOKS)

    assert sorted(item.step for item in await rows(store, ladder)) == [0, 0, 0, 1]


async def test_a_step_has_them_sent_again_once_whoever_takes_it(store, sent):
    climbers = await due(store)
    moves = [again(climber) for climber in climbers]

    taken = await asyncio.gather(*(store.ladders.move(moves, NOW) for _ in range(3)))

    assert sorted(taken) == [0, 0, 4]
    page = await store.deliveries.page(sent.id, channel="", state="", after=0, limit=9)
    assert {(item.task, item.step, item.state) for item in page} == {(Task.SEND, 1, State.ACCEPTED)}
    assert [item.messages for item in await rows(store, escalation)] == [1] * 4


async def test_a_crash_between_the_step_and_what_it_sends_leaves_neither(store, sent, monkeypatch):
    moves = [again(climber) for climber in await due(store)]

    def dies(*args):
        raise StoreError("the process dies here")

    with monkeypatch.context() as patch:
        patch.setattr(module, "_plan", dies)
        with pytest.raises(StoreError):
            await store.ladders.move(moves, NOW)
    left = await rows(store, escalation), await due(store)
    taken = await store.ladders.move(moves, NOW)

    assert (left[0], len(left[1])) == ([], 4)
    assert taken == 4


async def test_nothing_is_taken_once_the_alert_was_stopped(store, sent, make_alert):
    moves = [again(climber) for climber in await due(store)]
    cancel = make_alert(2, warning_id=sent.warning_id, msg_type="Cancel")
    await store.alerts.accept(cancel, [sent.public_id], actor=DUTY)

    taken = await store.ladders.move(moves, NOW)
    over = await due(store)
    await store.ladders.move([Move(climber, climber.step) for climber in over], NOW)

    assert taken == 0
    assert all(climber.stopped for climber in over)
    assert await rows(store, ladder) == []


async def test_a_receipt_that_comes_late_cancels_the_further_attempt(store, sent):
    await store.ladders.move([again(climber) for climber in await due(store)], NOW)

    await say(store, sent, State.DELIVERED, 100)
    await say(store, sent, State.DELIVERED, 101, reason=Reason.MACHINE)
    await say(store, sent, State.HANDED_OFF, 102)

    page = await store.deliveries.page(sent.id, channel="", state="", after=0, limit=9)
    assert [item.task for item in page] == [None, Task.SEND, Task.SEND, Task.SEND]


async def test_what_is_still_under_way_is_not_sent_again(store, sent):
    climbers = await due(store)
    await store.ladders.move([again(climbers[0])], NOW)
    twice = await due(store)

    await store.ladders.move([again(climber) for climber in twice], NOW)

    page = await store.deliveries.page(sent.id, channel="", state="", after=0, limit=9)
    wishes = [sum(r.code.startswith("again") for _, r in item.receipts) for item in page]
    assert wishes == [1, 1, 1, 1]


async def test_messages_are_counted_by_region_and_by_person_over_the_whole_warning(
    store, sent, make_alert
):
    await store.ladders.move([again(climber) for climber in (await due(store))[:3]], NOW)

    assert await store.ladders.messages_since(NOW - MINUTE) == {"quay": 3}
    assert await store.ladders.messages_since(NOW) == {}
    later = await due(store, 9 * MINUTE)
    assert sorted(climber.messages for climber in later) == [0, 1, 1, 1]


async def test_a_machine_that_took_the_call_is_told_from_a_person(store, sent):
    await say(store, sent, State.DELIVERED, 100, reason=Reason.MACHINE)
    await say(store, sent, State.DELIVERED, 101)

    found = {climber.sent[0].id: climber.is_delivered for climber in await due(store)}

    assert found == {100: False, 101: True, 102: False, 103: False}


async def test_people_are_counted_once_at_their_best(store, sent):
    await say(store, sent, State.DELIVERED, 100)
    await say(store, sent, State.CONFIRMED, 100, 101)
    await say(store, sent, State.DELIVERED, 102, reason=Reason.MACHINE)
    await store.ladders.move([again(climber) for climber in (await due(store))[2:3]], NOW)

    told = await store.ladders.reached(sent.id, {"sms": None}, {"sms"})
    silent = await store.ladders.reached(sent.id, {}, set())
    by_provider = await store.ladders.reached(sent.id, {"sms": ["north"]}, {"sms"})

    assert (told.people, told.confirmed, told.delivered) == (4, 2, 0)
    assert (told.no_receipt, told.unreached) == (0, 2)
    assert (silent.delivered, silent.no_receipt, silent.unreached) == (1, 1, 0)
    assert (by_provider.no_receipt, by_provider.unreached) == (1, 1)
    assert (told.steps, told.climbing, told.delayed) == ({"again": {"sent": 1}}, 4, {})


def wait_for_list(climber):
    taken = Taken(1, Action.LAST_MILE, "quay", "waits", waits=True)
    return Move(climber, 1, NOW + 9 * MINUTE, taken)


@pytest.fixture
async def opened(store, sent):
    """Everybody of it on the list of the last one."""
    climbers = await due(store)
    await store.ladders.move([wait_for_list(climber) for climber in climbers], NOW)
    waiting = await store.ladders.waiting(Action.LAST_MILE, 100)
    holder = climbers[-1].person.subscriber_id
    places = [Place(holder, item) for item in waiting]
    await store.doorsteps.open(sent.id, Action.LAST_MILE, places, "listed", NOW)
    return sent, holder, places


async def test_a_list_holds_everybody_once_and_they_wait_no_more(store, opened):
    alert, holder, places = opened

    await store.doorsteps.open(alert.id, Action.LAST_MILE, places, "listed", NOW)

    lists = await store.doorsteps.lists(alert.id)
    doors = await store.doorsteps.doors(lists)
    assert [(item.holder_id, item.size) for item in lists] == [(holder, 4)]
    assert [door.number for door in doors] == [1, 2, 3, 4]
    assert [door.phone for door in doors] == [f"+1555000{n:04d}" for n in range(4)]
    assert await store.ladders.waiting(Action.LAST_MILE, 100) == []
    assert (await store.deliveries.counts(alert.id))["door"] == {"HANDED_OFF": 4}


async def test_the_holder_is_told_when_it_has_gathered_and_again_when_it_grew(store, opened):
    async def untold(at):
        return await store.doorsteps.untold(NOW + at, MINUTE, 10 * MINUTE, 9)

    assert await untold(MINUTE / 2) == []
    found = (await untold(MINUTE))[0]
    await store.doorsteps.told(found, NOW + MINUTE)

    assert await untold(60 * MINUTE) == []


async def test_the_numbers_of_a_holder_go_on_over_their_lists(store, opened):
    alert, holder, places = opened
    more = [Place(holder, Unreached(alert.id, p.who.subscriber_id, 2, "")) for p in places[:2]]

    await store.doorsteps.open(alert.id, Action.CONTACTS, more, "listed", NOW)

    lists = await store.doorsteps.held(holder, NOW - MINUTE)
    numbers = [[door.number for door in await store.doorsteps.doors([one])] for one in lists]
    assert numbers == [[5, 6], [1, 2, 3, 4]]


async def test_an_answer_is_kept_once_with_its_entry_in_the_record(store, opened):
    alert, _, places = opened
    visit = Visit(places[0].who.subscriber_id, Answer.REACHED, "sms:1")

    new = [
        await store.doorsteps.answer(alert.id, [visit], via="sms", actor=DUTY, at=NOW)
        for _ in range(2)
    ]

    doors = await store.doorsteps.doors(await store.doorsteps.lists(alert.id))
    entries = await store.audit.latest(9, AuditFilter(event=Event.LIST_ANSWERED))
    assert new == [1, 0]
    assert [(door.answer, door.by) for door in doors if door.answer] == [(Answer.REACHED, "duty")]
    assert [entry.detail for entry in entries] == ['{"answers":1,"via":"sms"}']


async def counted(store, alert):
    told = await store.ladders.reached(alert.id, {"sms": None}, {"sms"})
    return told.listed, told.open, told.desk


async def test_who_is_on_lists_is_counted_apart_from_whoever_must_still_be_gone_to(store, opened):
    alert, _, places = opened
    mine = [Place(DESK, place.who) for place in places[:3]]
    await store.doorsteps.open(alert.id, Action.CONTACTS, mine, "listed", NOW)
    before = await counted(store, alert)
    people = [place.who.subscriber_id for place in places]

    visits = [Visit(people[0], Answer.NEEDS_HELP, "a:1"), Visit(people[1], Answer.REACHED, "a:2")]
    await store.doorsteps.answer(alert.id, visits, via="sms", actor=DUTY, at=NOW)
    gone = Visit(people[1], Answer.NOT_AT_HOME, "a:3")
    await store.doorsteps.answer(alert.id, [gone], via="sms", actor=DUTY, at=NOW)
    await say(store, alert, State.CONFIRMED, 102)

    doors = await store.doorsteps.doors(await store.doorsteps.lists(alert.id))
    assert before == (4, 4, 3)
    assert await counted(store, alert) == (4, 2, 1)
    assert len({door.subscriber_id for door in doors if door.is_open}) == 2


async def test_a_link_opens_its_list_and_nothing_else(store):
    link = store.seal.seal(914752034886909953)

    assert store.seal.open(link) == 914752034886909953
    assert store.seal.open(link[:-1] + ("A" if link[-1] != "A" else "B")) is None
    assert [store.seal.open(text) for text in ("", "A", "ä", "....", link * 2)] == [None] * 5
