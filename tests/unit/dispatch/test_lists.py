"""Lists of people to be told face to face, opened from a real ledger."""

from dataclasses import dataclass, replace
from itertools import count

import pytest
from structlog.testing import capture_logs

from tests.unit.dispatch.test_escalator import (  # noqa: F401
    MINUTE,
    PEOPLE,
    Draft,
    Sms,
    alert,
    escalator,
)
from tests.unit.store.conftest import backend, make_alert, postgres, store, url  # noqa: F401
from warnbroker.bus.local import LocalBus
from warnbroker.dispatch.escalate.lists import ListKeeper
from warnbroker.model.ladder import Action, Rung


@dataclass(frozen=True)
class Waiting:
    """People of one alert who wait for a list."""

    keeper: ListKeeper
    alert: object


@pytest.fixture
async def waiting(store, alert):  # noqa: F811
    climbing = escalator(store, Rung(Action.LAST_MILE, MINUTE))
    climbing.clock.pass_seconds(61)
    await climbing.sweep()
    keeper = ListKeeper(
        climbing.ladders, store.ladders, store.doorsteps, store.alerts, store.deliveries,
        store.subscribers, store.audit, Draft(), {"sms": Sms()}, store.seal, "http://here",
        LocalBus(), climbing.clock, count(90_000),
    )  # fmt: skip
    return Waiting(keeper, alert)


async def warned_of(keeper):
    with capture_logs() as logs:
        await keeper.sweep()
    return [line for line in logs if line["event"] == "list_opened"]


async def test_a_list_that_nobody_holds_is_warned_of_once(waiting):
    first = await warned_of(waiting.keeper)
    again = await warned_of(waiting.keeper)

    assert first == [
        {
            "event": "list_opened", "log_level": "warning", "alert": waiting.alert.public_id,
            "step": "last_mile", "holder": "desk", "people": PEOPLE,
        }
    ]  # fmt: skip
    assert again == []


async def test_a_desk_list_that_grows_is_not_warned_of_again(waiting, monkeypatch):
    monkeypatch.setattr("warnbroker.dispatch.escalate.lists.AT_ONCE", PEOPLE - 2)

    assert [line["people"] for line in await warned_of(waiting.keeper)] == [PEOPLE - 2]


async def test_a_list_in_an_officers_hands_is_not_the_desks(waiting, store):  # noqa: F811
    found = [p async for page in store.subscribers.by_cells([(0, 99)], 99) for p in page]
    officer = replace(found[0], role="officer")

    class Officers:
        async def by_roles(self, roles, page):
            yield [officer, replace(found[1], role="officer")]

    assert await warned_of(replace(waiting.keeper, subscribers=Officers())) == []
