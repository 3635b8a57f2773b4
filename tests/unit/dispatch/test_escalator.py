"""The sweep over ladders, in a real ledger: no storm, and nobody forgotten."""

from collections import Counter
from datetime import timedelta
from itertools import count

import pytest
from shapely import box
from sqlalchemy import select

from tests.unit.dispatch.ledger import StandingClock
from tests.unit.store.conftest import (  # noqa: F401
    MESSAGE,
    NOW,
    backend,
    begin,
    make_alert,
    postgres,
    store,
    url,
)
from warnbroker.bus.local import LocalBus
from warnbroker.dispatch.escalate.sweep import MINUTE, Escalator
from warnbroker.dispatch.reach import Circle
from warnbroker.model.actor import Actor
from warnbroker.model.ladder import Action, Ladders, Night, Rung
from warnbroker.model.receipt import AttemptKey, Evidence, Receipt, State
from warnbroker.model.record import PlannedDelivery
from warnbroker.model.region import Region
from warnbroker.model.subscriber import AddressKind, Subscriber
from warnbroker.receipts.judge import Judge
from warnbroker.store.ladder_tables import escalation, ladder
from warnbroker.store.tables import delivery
from warnbroker.targeting import RegionTree

PEOPLE = 6
NEVER = Night(begins=Night().begins, ends=Night().begins)
RUNG = Rung(Action.AGAIN, MINUTE, channels=("sms",))


class Sms:
    """A channel with receipts; it is asked nothing else."""

    name = "sms"
    address_kind = AddressKind.PHONE
    receipt_timeout = 60.0


class Draft:
    """Gives a draft that no step of these tests reads, and the region tree."""

    async def draft(self, record):
        return None

    async def tree(self):
        return RegionTree(
            [
                Region("west", {"en": "West"}, box(20, 50, 24.5, 70)),
                Region("east", {"en": "East"}, box(24.5, 50, 30, 70)),
            ]
        )


@pytest.fixture
async def alert(store, make_alert):  # noqa: F811
    """An alert to people half in the west and half in the east, accepted for all of them."""
    made = await store.alerts.accept(make_alert(), (), actor=Actor("duty"))
    await store.deliveries.messages(made.id, [MESSAGE])
    persons = [
        Subscriber(f"p{n}", {AddressKind.PHONE: f"+1555000{n:04d}"}, position=(60.0, 24.0 + n % 2))
        for n in range(PEOPLE)
    ]
    await store.subscribers.write([(person, n) for n, person in enumerate(persons)])
    found = [p async for page in store.subscribers.by_cells([(0, 99)], 99) for p in page]
    rows = [
        PlannedDelivery(
            100 + n, "sms", MESSAGE, 1, made.expires, person.subscriber_id,
            person.addresses[AddressKind.PHONE],
        )
        for n, person in enumerate(found)
    ]  # fmt: skip
    await store.deliveries.plan(made.id, rows, NOW, looks={1: MINUTE})
    await send(store, made, 1)
    return made


async def send(store, made, attempt):  # noqa: F811
    """Let the provider take whatever is to be sent."""
    claimed = await store.deliveries.claim("sms", "a", NOW + 9 * MINUTE, NOW + 10 * MINUTE, 99, 9)
    begun = await begin(store, claimed, "a", NOW, NOW + MINUTE)
    judge = Judge()
    await store.deliveries.apply(
        [
            Evidence(
                AttemptKey(made.public_id, item.id, attempt),
                Receipt(State.ACCEPTED, "p", provider_ref=f"{item.id}.{attempt}"),
            )
            for item in begun
        ],
        NOW,
        lambda history: judge(history, NOW),
    )
    return len(begun)


def escalator(store, *rungs, **limits):  # noqa: F811
    clock = StandingClock()
    ladders = Ladders({1: rungs}, NEVER, **limits)
    return Escalator(
        ladders, store.ladders, store.alerts, Draft(), {"sms": Sms()}, Circle(), LocalBus(), clock,
        count(9_000),
    )  # fmt: skip


async def rows(store, table):  # noqa: F811
    return await store.database.read(lambda c: c.execute(select(table)).all())


async def test_a_region_gets_no_more_in_a_minute_than_its_budget_and_the_rest_later(
    store,  # noqa: F811
    alert,
):
    made = escalator(store, RUNG, per_minute=2)
    taken = []
    for _ in range(8):
        made.clock.pass_seconds(60 if not taken else 16)
        await made.sweep()
        taken.append(Counter(row.region for row in await rows(store, escalation)))
        if len(taken) == 1:
            waits = [row.delayed_by for row in await rows(store, ladder)]

    assert taken[0] == {"west": 2, "east": 2}
    assert waits == ["budget", "budget"]
    assert taken[-1] == {"west": 3, "east": 3}
    assert await rows(store, ladder) == []


async def test_nobody_gets_more_messages_of_the_ladder_than_one_person_can_bear(
    store,  # noqa: F811
    alert,
):
    made = escalator(store, RUNG, RUNG, RUNG, most_per_person=2)
    sent = []
    for attempt in (2, 3, 4):
        made.clock.pass_seconds(61)
        await made.sweep()
        sent.append(await send(store, alert, attempt))

    assert sent == [PEOPLE, PEOPLE, 0]
    outcomes = Counter((row.step, row.outcome) for row in await rows(store, escalation))
    assert outcomes == {(1, "sent"): PEOPLE, (2, "sent"): PEOPLE, (3, "enough"): PEOPLE}


async def test_a_step_that_asks_for_a_list_leaves_them_waiting_for_it(store, alert):  # noqa: F811
    made = escalator(store, Rung(Action.LAST_MILE, MINUTE))
    made.clock.pass_seconds(61)

    await made.sweep()

    waiting = await store.ladders.waiting(Action.LAST_MILE, 99)
    assert Counter(item.region for item in waiting) == {"west": 3, "east": 3}
    assert {row.task for row in await rows(store, delivery)} == {None}


async def test_time_that_has_passed_in_a_rest_of_the_process_is_made_up_for_once(
    store,  # noqa: F811
    alert,
):
    made = escalator(store, RUNG, Rung(Action.LAST_MILE, MINUTE))
    made.clock.pass_seconds(timedelta(minutes=30).total_seconds())

    await made.sweep()
    await made.sweep()

    # The next step still leaves the time that it is owed after the one before.
    assert Counter(row.step for row in await rows(store, escalation)) == {1: PEOPLE}
