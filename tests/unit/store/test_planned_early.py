"""A Cancel is being planned while the Update comes in that ties it to those who were told."""

import itertools
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.unit.dispatch.ledger import StandingClock
from tests.unit.store.conftest import NOW, begin
from tests.unit.store.test_lineage import arrive, cancel, update  # noqa: F401  fixtures
from warnbroker.bus.local import LocalBus
from warnbroker.dispatch.plan import Planner
from warnbroker.dispatch.reach import Circle, Reach
from warnbroker.dispatch.restraint import Restraint
from warnbroker.model.message import MessageKind
from warnbroker.model.receipt import AttemptKey, Evidence, Receipt, State
from warnbroker.model.record import PlannedDelivery
from warnbroker.receipts.judge import Judge

LATER = NOW + timedelta(minutes=1)


class Publisher:
    """Has one text for all; ``meanwhile`` happens while it is written."""

    restraint = Restraint()

    def __init__(self, text):
        self.text = text
        self.meanwhile = None

    def forget(self, record):
        """Keep nothing."""

    async def draft(self, record):
        happens, self.meanwhile = self.meanwhile, None
        if happens:
            await happens()
        return SimpleNamespace(
            alert=None, messages=(self.text,), groups=(), level=SimpleNamespace(rank=1, code="red")
        )

    async def audience(self, *, agreed):
        """Nobody is asked where they are."""

    def choose(self, *_, **__):
        return self.text


class Everybody(Circle):
    """Keeps nothing from anybody."""

    def reach(self, record, alert):
        return Reach.EVERYBODY


async def tell(store, first, message, people=5):
    """Let people be told of the first alert."""
    await store.deliveries.messages(first.id, [message])
    ids = await store.deliveries.addresses([("phone", f"+1555000000{n}") for n in range(people)])
    rows = [
        PlannedDelivery(10 + number, "sms", message, 1, first.expires, address_id=address)
        for number, address in enumerate(ids.values())
    ]
    await store.deliveries.plan(first.id, rows, NOW)
    claimed = await store.deliveries.claim("sms", "me", NOW, LATER, 10, 9)
    await begin(store, claimed, "me", NOW, LATER)
    told = Receipt(State.DELIVERED, "p")
    news = [Evidence(AttemptKey(first.public_id, item.id, 1), told) for item in claimed]
    await store.deliveries.apply(news, NOW, lambda history: Judge()(history, NOW))
    await store.alerts.planned(first.id, NOW)


@pytest.mark.parametrize("when", ["before", "while its texts are written", "after"])
async def test_who_was_told_hears_of_the_cancel_whenever_the_update_comes(
    store, make_alert, update, cancel, message, when  # noqa: F811
):  # fmt: skip
    first = await arrive(store, make_alert(1))
    await tell(store, first, message)
    missing = update(3)
    ended = await arrive(store, cancel(2), missing)
    text = replace(message, kind=MessageKind.CANCEL, id=8)
    await store.deliveries.messages(ended.id, [text])
    publisher = Publisher(text)
    planner = Planner(
        store.alerts, store.deliveries, publisher, {"sms": SimpleNamespace(address_kind="phone")},
        (), LocalBus(), StandingClock(), itertools.count(1000), circle=Everybody(),
    )  # fmt: skip

    async def comes_in():
        await arrive(store, missing, first)

    if when == "before":
        await comes_in()
    if when.startswith("while"):
        publisher.meanwhile = comes_in
    await planner.plan(ended.id)
    if when == "after":
        await comes_in()
    for alert_id in await store.alerts.to_plan():
        await planner.plan(alert_id)

    assert await store.deliveries.counts(ended.id) == {"sms": {"QUEUED": 5}}
    assert await store.alerts.to_plan() == []
