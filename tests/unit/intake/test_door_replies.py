"""Officers answer by text message, and are answered."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest

from tests.unit.store.conftest import (  # noqa: F401
    MESSAGE,
    NOW,
    backend,
    make_alert,
    postgres,
    store,
    url,
)
from warnbroker.contracts.doorsteps import Place
from warnbroker.contracts.escalation import Unreached
from warnbroker.contracts.inbound import Said, Wish
from warnbroker.intake.door_replies import DoorHearer
from warnbroker.intake.doorbook import Doorbook
from warnbroker.model.actor import Actor
from warnbroker.model.enums import MsgType
from warnbroker.model.ladder import Action
from warnbroker.model.record import PlannedDelivery
from warnbroker.model.subscriber import AddressKind, Subscriber
from warnbroker.receipts.judge import Judge
from warnbroker.receipts.recorder import Recorder

OFFICER, OTHER = "+15558000001", "+15557000000"


@dataclass
class Clock:
    """Stands still."""

    def now(self):
        return NOW

    async def sleep(self, seconds):
        """Take no time."""


@pytest.fixture
async def officer(store, make_alert):  # noqa: F811
    """An officer with three people on their list, and what hears them."""
    alert = await store.alerts.accept(make_alert(), (), actor=Actor("duty"))
    await store.deliveries.messages(alert.id, [MESSAGE])
    numbers = [OFFICER, *(f"+1555700000{n}" for n in range(1, 4))]
    persons = [
        Subscriber(
            f"p{n}", {AddressKind.PHONE: number}, name=f"N{n}", language="en",
            position=(60.0, 24.0), role="officer" if not n else "resident",
        )
        for n, number in enumerate(numbers)
    ]  # fmt: skip
    await store.subscribers.write([(person, n) for n, person in enumerate(persons)])
    people = [p async for page in store.subscribers.by_cells([(0, 9)], 9) for p in page]
    rows = [
        PlannedDelivery(
            100 + n, "sms", MESSAGE, 1, alert.expires, person.subscriber_id,
            person.addresses[AddressKind.PHONE],
        )
        for n, person in enumerate(people)
    ]  # fmt: skip
    await store.deliveries.plan(alert.id, rows, NOW)
    places = [
        Place(people[0].subscriber_id, Unreached(alert.id, person.subscriber_id, 1, ""))
        for person in people[1:]
    ]
    await store.doorsteps.open(alert.id, Action.LAST_MILE, places, "listed", NOW)
    clock = Clock()
    book = Doorbook(
        store.doorsteps, Recorder(store.deliveries, Judge(), clock), clock, count(5_000)
    )
    return alert, DoorHearer(store.doorsteps, book, clock)


async def text(officer, words, address=OFFICER, **kwargs):
    said = Said("sms", AddressKind.PHONE, address, words, at=NOW, **kwargs)
    return (await officer[1].hear([said]))[0]


async def states(store, alert):  # noqa: F811
    return (await store.deliveries.counts(alert.id))["door"]


async def test_an_answer_confirms_the_person_and_says_how_many_are_left(store, officer):  # noqa: F811
    answer = await text(officer, "OK 1, NO 2")

    assert answer == "Recorded: 1 told, 2 not at home. 2 left."
    assert await states(store, officer[0]) == {"CONFIRMED": 1, "HANDED_OFF": 2}


async def test_the_same_message_twice_changes_nothing(store, officer):  # noqa: F811
    first = await text(officer, "NO 1", ref="SM1")
    await text(officer, "OK 1", ref="SM2")
    await text(officer, "NO 1", ref="SM1")

    doors = await store.doorsteps.doors(await store.doorsteps.lists(officer[0].id))
    assert first == "Recorded: 1 not at home. 3 left."
    assert {door.number: door.answer for door in doors}[1] == "reached"


async def test_a_number_that_is_on_no_list_is_named(officer):
    assert await text(officer, "OK 9") == "There is no 9 on your list. 3 left."


async def test_what_is_not_understood_is_answered_with_what_would_be(officer):
    answer = await text(officer, "on my way")

    assert answer.startswith("Not understood: on my way.")
    assert "OK 12, NO 13" in answer


async def test_only_holders_of_lists_are_heard(officer):
    assert await text(officer, "OK 1", "+15557000001") == ""
    assert await text(officer, "OK 1", OTHER) == ""
    assert await text(officer, "STOP", wish=Wish.STOP) == ""


async def test_a_list_that_is_long_over_is_not_answered(officer, monkeypatch):
    later = NOW + timedelta(hours=49)
    monkeypatch.setattr(Clock, "now", lambda self: later)

    assert await text(officer, "OK 1") == ""


async def end(store, officer, make_alert, as_what):  # noqa: F811
    alert = officer[0]
    last = make_alert(2, warning_id=alert.warning_id, msg_type=as_what)
    await store.alerts.accept(last, [alert.public_id], actor=Actor("duty"))


async def test_an_answer_after_the_end_is_kept_and_says_that_it_is_over(
    store,  # noqa: F811
    officer,
    make_alert,  # noqa: F811
):
    await end(store, officer, make_alert, MsgType.CANCEL)

    answer = await text(officer, "OK 3")

    assert answer == "Recorded: 3 told. 0 left. The warning is over."
    assert await states(store, officer[0]) == {"CONFIRMED": 1, "HANDED_OFF": 2}


async def test_an_answer_after_an_update_points_to_it(store, officer, make_alert):  # noqa: F811
    await end(store, officer, make_alert, MsgType.UPDATE)

    assert (await text(officer, "OK 3")).endswith("The warning was updated. Go on only where the "
                                                  "update says so.")  # fmt: skip


async def test_a_warning_that_has_expired_is_over_too(officer, monkeypatch):
    later = NOW + timedelta(hours=2)
    monkeypatch.setattr(Clock, "now", lambda self: later)

    assert (await text(officer, "OK 1")).endswith("0 left. The warning is over.")


async def test_officers_are_answered_in_their_language(store, officer):  # noqa: F811
    chinese = Subscriber(
        "p0", {AddressKind.PHONE: OFFICER}, name="李", language="zh-CN", position=(60.0, 24.0)
    )
    await store.subscribers.write([(chinese, 0)])

    assert await text(officer, "1 好、2 不在") == "已登记：1 已通知、2 不在家。还剩2人。"
    assert (await text(officer, "马上去")).startswith("没有看懂：马上去。")
