"""SIGKILL at every named point and at seeded moments of a red alert: everybody is told."""

import pytest

from tests.chaos import kills
from tests.chaos.storm import QUICK, Plan, weather


@pytest.mark.timeout(600)
async def test_killing_the_broker_at_every_boundary_loses_nobody(tmp_path):
    plan = Plan(kills=12, subscribers=1000, each=12, seed=3, dispatch=QUICK)

    result = await weather(plan, tmp_path)

    for said in result.outcomes:
        assert said.is_good, said
    assert {*kills.EARLY, kills.ANYWHERE} <= result.tallies.keys()
    assert result.kills == plan.kills
