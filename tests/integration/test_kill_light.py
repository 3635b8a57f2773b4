"""SIGKILL in a yellow alert: nobody is told twice, and who may not have been told is listed."""

import pytest

from tests.chaos.storm import QUICK, Plan, weather


@pytest.mark.timeout(600)
async def test_killing_the_broker_repeats_nothing_and_lists_whom_nobody_knows_of(tmp_path):
    plan = Plan(
        kills=8, subscribers=1000, each=12, seed=4, level="yellow", channels=("sms", "email"),
        dispatch=QUICK,
    )  # fmt: skip

    result = await weather(plan, tmp_path)

    for said in result.outcomes:
        assert said.is_good, said
    assert not sum(found.marked for found in result.tallies.values())
    assert result.outcomes[0].unknown
