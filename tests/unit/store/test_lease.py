"""A database is served by one process, whichever database it is."""

import sys

import pytest

from warnbroker.errors import ConfigError, StoreError
from warnbroker.store.lease import hold


async def test_a_second_process_is_told_to_leave_it(store, url):
    async with hold(url):
        with pytest.raises(ConfigError, match="another warnbroker serves"):
            async with hold(url):
                pass


async def test_what_was_let_go_can_be_held_again(store, url):
    for _ in range(2):
        async with hold(url):
            assert await store.alerts.to_plan() == []


async def test_a_server_that_is_away_is_named(tmp_path):
    with pytest.raises(StoreError, match="cannot be reached"):
        async with hold(f"postgresql://postgres@/x?host={tmp_path}"):
            pass


async def test_a_missing_driver_is_named_with_what_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "asyncpg", None)

    with pytest.raises(ConfigError, match=r"install warnbroker\[scale\]"):
        async with hold("postgresql://postgres@127.0.0.1/x"):
            pass
