"""A database is served by one process, whichever database it is."""

import asyncio
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from warnbroker.errors import ConfigError, StoreError
from warnbroker.store.lease import hold
from warnbroker.store.tenure import hold_server


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


ON_POSTGRES = pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
DROPPED = text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_locks "
    "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
)


async def drop_holders(store):
    """End the connections that hold a lock, as a fail-over of the server would."""
    assert await store.database.write(lambda c: c.execute(DROPPED).scalar_one())


@ON_POSTGRES
async def test_a_lock_whose_connection_was_dropped_is_taken_anew(store, url):
    async with hold_server(url, every=0.05):
        await drop_holders(store)
        await asyncio.sleep(1)

        with pytest.raises(ConfigError, match="another warnbroker serves"):
            async with hold_server(url):
                pass


@ON_POSTGRES
async def test_a_server_that_stays_away_for_a_while_is_asked_until_it_is_back(
    store, url, monkeypatch
):
    connect, refusals = AsyncEngine.connect, []

    class Refused:
        def __await__(self):
            refusals.append(1)
            raise OSError("no server there")

    async with hold_server(url, every=0.3):
        await drop_holders(store)
        monkeypatch.setattr(AsyncEngine, "connect", lambda _: Refused())
        async with asyncio.timeout(20):
            while len(refusals) < 3:
                await asyncio.sleep(0.05)
        monkeypatch.setattr(AsyncEngine, "connect", connect)
        await asyncio.sleep(1)

        with pytest.raises(ConfigError, match="another warnbroker serves"):
            async with hold_server(url):
                pass


@ON_POSTGRES
async def test_who_has_lost_the_database_to_another_process_ends(store, url):
    async def serve():
        async with hold_server(url, every=0.3):
            serving.set()
            await asyncio.Event().wait()

    serving = asyncio.Event()
    first = asyncio.create_task(serve())
    await serving.wait()
    await drop_holders(store)

    async with hold_server(url):
        with pytest.raises(ConfigError, match="another warnbroker serves"):
            async with asyncio.timeout(20):
                await first


@ON_POSTGRES
async def test_who_is_stopped_is_only_stopped(store, url):
    async def serve():
        async with hold_server(url):
            serving.set()
            await asyncio.Event().wait()

    serving = asyncio.Event()
    task = asyncio.create_task(serve())
    await serving.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
