"""What processes know of providers is kept for each other, and for the time after a restart."""

from datetime import timedelta

import pytest

from tests.unit.store.conftest import NOW, only_sqlite
from warnbroker.model.actor import Actor
from warnbroker.model.enums import Status
from warnbroker.model.event import Event
from warnbroker.model.provider import BreakerReport, Fault, Hold, ProviderReport, ProviderState
from warnbroker.store.providers import KEPT
from warnbroker.store.tables import alert

REPORT = ProviderReport(
    channel="sms",
    provider="a",
    state=ProviderState.OPEN,
    weight=3,
    share=0,
    errors=0.25,
    latency=2.5,
    throttled_until=NOW,
    breakers=(BreakerReport(Fault.CONFIG, NOW, NOW, "country/CN", "21408"),),
    last_handoff=NOW,
    sent=7,
    limits={"a": 10.0},
    delays=(Hold("rate:a", NOW),),
    slots=((1, 2, 1),),
)


async def test_a_report_comes_back_as_it_was_written(store):
    await store.providers.note("me", [REPORT], NOW)

    [noted] = await store.providers.known()

    assert (noted.owner, noted.at, noted.report) == ("me", NOW, REPORT)


async def owners(store):
    return [noted.owner for noted in await store.providers.known()]


@only_sqlite
async def test_what_an_ended_process_knew_is_kept_until_its_successor_writes(store):
    await store.providers.note("old", [REPORT], NOW)
    before = await owners(store)
    await store.providers.note("me", [REPORT], NOW + timedelta(seconds=1))

    assert (before, await owners(store)) == (["old"], ["me"])


async def test_what_a_process_knew_that_is_silent_for_long_is_dropped(store):
    await store.providers.note("old", [REPORT], NOW)
    await store.providers.note("me", [REPORT], NOW + KEPT + timedelta(seconds=1))

    assert await owners(store) == ["me"]


async def test_a_reset_is_known_to_all_and_on_record(store):
    await store.providers.reset("sms", "a", NOW, actor=Actor("Wang", "10.0.0.1"))

    assert await store.providers.resets() == {("sms", "a"): NOW}
    assert await store.providers.known() == []
    entry = await store.audit.newest(Event.PROVIDER_RESET)
    assert (entry.actor, entry.subject) == ("Wang", "sms/a")


@pytest.mark.parametrize(("status", "tested"), [(Status.EXERCISE, True), (Status.ACTUAL, False)])
async def test_a_channel_was_tested_when_a_drill_was_handed_over(store, make_alert, status, tested):
    await store.alerts.accept(make_alert(status=status), (), actor=Actor("x"))
    values = {"audience": {"sms": 3}, "last_handoff_at": NOW}
    await store.database.write(lambda c: c.execute(alert.update().values(values)))

    assert await store.providers.tested() == ({"sms": NOW} if tested else {})
