"""The clock on what waits: who is told."""

import pytest

from tests.unit.intake.release.cases import NOW, policy, record
from warnbroker.intake.release.watch import Watch
from warnbroker.model.authority import Authorities, Authority


class Desk:
    """One alert that waits, and everybody who is told of it."""

    def __init__(self, waiting):
        self.waiting, self.told = waiting, []

    def now(self):
        return NOW

    async def due(self, now):
        return [self.waiting]

    async def decide(self, alert_id, judge, *, actor, at):
        return self.waiting

    async def tell(self, alert, kind, offices, *, series=""):
        self.told += [office.code for office in offices]
        return len(offices)


AUTHORITIES = Authorities(
    {
        "harbour": Authority("harbour", {}, above="province", senders=("s@x.example",)),
        "province": Authority("province", {}),
    }
)


@pytest.mark.parametrize(
    ("internal", "told"), [(False, ["province", "harbour"]), (True, ["harbour"])]
)
async def test_what_is_internal_is_not_told_to_the_tier_above_either(internal, told):
    desk = Desk(
        record(internal=internal, remind_at=NOW, escalate_at=NOW, expires=NOW.replace(hour=9))
    )

    await Watch(desk, desk, AUTHORITIES, policy(), desk).sweep()

    assert desk.told == told
