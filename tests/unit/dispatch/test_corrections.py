"""Corrections that are owed: one that cannot be written keeps nobody else waiting."""

import pytest

from tests.unit.dispatch.ledger import StandingClock
from warnbroker.dispatch.plan import Planner
from warnbroker.errors import NotFoundError


class Poisoned:
    """A ledger that owes two corrections, and cannot read either alert."""

    def __init__(self):
        self.asked = []

    async def owed(self, now, limit):
        return {1: (), 2: ()}

    async def get(self, alert_id):
        self.asked.append(alert_id)
        raise NotFoundError(f"there is no list for {alert_id}")


async def test_a_correction_that_fails_does_not_keep_the_next_from_its_people():
    ledger = Poisoned()
    planner = Planner(
        alerts=ledger, deliveries=ledger, publisher=None, channels={}, routes=(), bus=None,
        clock=StandingClock(), ids=iter(()),
    )  # fmt: skip

    with pytest.raises(NotFoundError):
        await planner.correct()

    assert ledger.asked == [1, 2]
