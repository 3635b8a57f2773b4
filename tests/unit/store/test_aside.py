"""What offices are told beside the public, in a real ledger: sent like all, counted as nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.store.conftest import begin, only_sqlite
from warnbroker.model.actor import Actor
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.receipt import AttemptKey, Evidence, Receipt, State
from warnbroker.model.record import AlertState, PlannedDelivery, Verdict
from warnbroker.model.subscriber import AddressKind

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
LATER = NOW + timedelta(seconds=60)
DUTY = Actor("duty")
PHONE = (AddressKind.PHONE, "+15990990001")
REMINDER = Message(5, "sms", "en", MessageKind.REMINDER, 0, {"txt": "Decide"})
NOTICE = Message(8, "sms", "en", MessageKind.NOTICE, 0, {"txt": "For your information"})


@pytest.fixture
async def alert(store, make_alert):
    return await store.alerts.accept(make_alert(state=AlertState.PENDING), (), actor=DUTY)


@pytest.fixture
async def phone(store):
    return (await store.deliveries.addresses([PHONE]))[PHONE]


def row(number, message, alert, phone, series=""):
    return PlannedDelivery(
        number, "sms", message, 1, alert.expires, address_id=phone, series=series
    )  # fmt: skip


async def plan(store, alert, *rows):
    await store.deliveries.plan(alert.id, rows, NOW)


async def test_messages_are_kept_kind_by_kind_whenever_they_are_rendered(store, alert, message):
    await store.deliveries.messages(alert.id, [REMINDER])
    both = await store.deliveries.messages(alert.id, [message])
    later = replace(message, id=99, parts={"txt": "Other words"})
    again = await store.deliveries.messages(alert.id, [later, NOTICE])

    assert [item.id for item in both] == [5, 7]
    assert [item.id for item in again] == [5, 7, 8]
    assert await store.deliveries.load_messages(alert.id) == again


async def test_one_address_is_told_once_of_each_series_beside_the_public(
    store, alert, phone, message
):
    await store.deliveries.messages(alert.id, [REMINDER])
    await store.deliveries.messages(alert.id, [message])

    for _ in range(2):
        await plan(
            store, alert,
            row(1, message, alert, phone),
            row(2, REMINDER, alert, phone, "reminder:1"),
            row(3, REMINDER, alert, phone, "reminder:2"),
        )  # fmt: skip

    assert await store.deliveries.counts(alert.id) == {"sms": {"QUEUED": 1}}
    assert await store.deliveries.aside_counts(alert.id) == {"sms": {"QUEUED": 2}}
    assert await store.deliveries.notices(alert.id, [1, 2, 3, 4]) == {2, 3}
    assert await store.deliveries.notices(alert.id, [1]) == set()


async def test_the_audience_of_an_alert_is_the_public_alone(store, alert, phone, message):
    await store.deliveries.messages(alert.id, [REMINDER])
    await store.deliveries.messages(alert.id, [message])
    await plan(store, alert, row(1, message, alert, phone), row(2, REMINDER, alert, phone, "r"))

    await store.alerts.planned(alert.id, NOW)

    assert (await store.alerts.get(alert.id)).audience == {"sms": 1}


async def test_a_reminder_hands_the_alert_to_nobody_and_tells_nobody_of_it(
    store, alert, phone, message
):
    async def hand_over(number):
        claimed = await store.deliveries.claim("sms", "a", NOW, LATER, 10, 9)
        await begin(store, claimed, "a", NOW, LATER)
        receipt = Receipt(State.DELIVERED, "sms", provider_ref="r")
        evidence = Evidence(AttemptKey(alert.public_id, number, 1), receipt)
        await store.deliveries.apply([evidence], NOW, lambda _: Verdict(State.DELIVERED, told=True))
        return [told async for page in store.deliveries.told([alert.id], 10) for told in page]

    await store.deliveries.messages(alert.id, [REMINDER])
    await plan(store, alert, row(2, REMINDER, alert, phone, "r"))
    reminded = await hand_over(2)
    waiting = await store.alerts.get(alert.id)
    await store.deliveries.messages(alert.id, [message])
    await plan(store, alert, row(3, message, alert, phone))
    told = await hand_over(3)

    assert reminded == []
    assert waiting.first_handoff_at is None
    assert len(told) == 1
    assert (await store.alerts.get(alert.id)).first_handoff_at == NOW


@only_sqlite
async def test_a_contacts_number_lies_sealed_in_the_file(store, phone, tmp_path):
    again = await store.deliveries.addresses([PHONE])

    assert again[PHONE] == phone
    written = (tmp_path / "w.db").read_bytes() + (tmp_path / "w.db-wal").read_bytes()
    assert b"15990990001" not in written
