"""Offices are told early, and the public waits for none of them."""

from types import SimpleNamespace

import pytest

from tests.unit.dispatch.ledger import StandingClock
from warnbroker.bus.local import LocalBus
from warnbroker.dispatch.plan import Planner
from warnbroker.dispatch.reach import Reach
from warnbroker.dispatch.rows import Row
from warnbroker.model.record import AlertState


def row(number, person=None):
    return Row(
        SimpleNamespace(id=number, channel="sms", subscriber_id=person, address_id=None), None
    )


PAGES = [[row(1)], [row(2, person=20)], [row(3, person=30)]]


class Ledger:
    """Notes what is written, in its order; ``stops`` ends the alert after the first page."""

    def __init__(self, *, fault=None, stops=False):
        self.written, self.fault, self.stops = [], fault, stops
        self.is_planned = False

    async def get(self, alert_id):
        stopped = "now" if self.stops and self.written else None
        return SimpleNamespace(
            id=1, rank=1, state=AlertState.ACCEPTED, planned_at=None, stopped_at=stopped,
            warning_id="w",
        )  # fmt: skip

    async def chain(self, warning_id):
        return [SimpleNamespace(id=1)]

    async def published(self, alert_id, now):
        pass

    async def planned(self, alert_id, now, chain):
        self.is_planned = True

    async def plan(self, alert_id, rows, now, looks):
        self.written += [item.id for item in rows]

    async def draft(self, record):
        return SimpleNamespace(alert=None)

    def reach(self, record, alert):
        return Reach.EVERYBODY

    async def inform(self, record):
        self.written.append("offices")
        if self.fault:
            raise self.fault


class Paged(Planner):
    async def rows(self, record, draft):
        for page in self.pages:
            yield page


def planner(ledger, pages=PAGES):
    made = Paged(
        alerts=ledger, deliveries=ledger, publisher=ledger, channels={}, routes=(),
        bus=LocalBus(), clock=StandingClock(), ids=iter(()), circle=ledger, informer=ledger,
    )  # fmt: skip
    object.__setattr__(made, "pages", pages)
    return made


async def test_offices_are_told_once_behind_the_first_people_and_before_the_others():
    ledger = Ledger()

    await planner(ledger).plan(1)

    assert ledger.written == [1, 2, "offices", 3]
    assert ledger.is_planned


async def test_offices_that_cannot_be_told_keep_nobody_waiting_and_are_told_later():
    ledger = Ledger(fault=OSError("the wire"))

    with pytest.raises(OSError, match="the wire"):
        await planner(ledger).plan(1)

    assert ledger.written == [1, 2, "offices", 3]
    assert not ledger.is_planned


@pytest.mark.parametrize(("stops", "pages"), [(False, [[row(1)]]), (True, PAGES), (False, [])])
async def test_offices_are_told_where_no_people_are(stops, pages):
    ledger = Ledger(stops=stops)

    await planner(ledger, pages).plan(1)

    assert ledger.written.count("offices") == 1
    assert ledger.written[-1] == "offices"
