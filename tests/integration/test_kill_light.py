"""SIGKILL, twenty times in one fan-out: at yellow and blue who is not told is listed."""

import pytest

from tests.integration.kill_storm import killed_twenty_times_nobody_is_lost


@pytest.mark.timeout(600)
@pytest.mark.parametrize("level", ["yellow", "blue"])
async def test_killing_the_broker_twenty_times_loses_nobody(tmp_path, level):
    await killed_twenty_times_nobody_is_lost(tmp_path, level)
