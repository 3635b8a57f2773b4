"""One transaction is one function: whole, also when its caller leaves, or not at all."""

import asyncio
import threading
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from tests.unit.store.conftest import only_sqlite
from warnbroker.contracts.clock import SystemClock
from warnbroker.errors import StoreError
from warnbroker.model.actor import Actor
from warnbroker.model.identity import sortable_ids
from warnbroker.store import open_store
from warnbroker.store.database import Database
from warnbroker.store.registers import audit
from warnbroker.store.tables import authority

DUTY = Actor("duty")


def write_authority(connection, number):
    connection.execute(authority.insert(), {"id": number, "code": f"a{number}"})


def count(connection):
    return connection.execute(select(func.count()).select_from(authority)).scalar_one()


@only_sqlite
async def test_a_transaction_whose_caller_is_cancelled_is_carried_out_whole(store):
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection):
        write_authority(connection, 1)
        begun.set()
        go_on.wait(10)
        write_authority(connection, 2)

    caller = asyncio.create_task(store.database.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()

    await store.database.write(lambda connection: write_authority(connection, 3))

    assert await store.database.read(count) == 3


@only_sqlite
async def test_a_transaction_that_waits_for_its_turn_is_carried_out_though_its_caller_left(store):
    go_on = threading.Event()
    first = asyncio.create_task(store.database.write(lambda _: go_on.wait(10)))
    await asyncio.sleep(0)
    second = asyncio.create_task(store.database.write(lambda c: write_authority(c, 1)))
    await asyncio.sleep(0)

    second.cancel()
    go_on.set()
    await asyncio.gather(first, second, return_exceptions=True)

    # One writer after the other: what comes after sees what was left behind.
    assert await store.database.write(count) == 1


async def test_a_function_that_fails_keeps_nothing_and_leaves_the_database_usable(store):
    def broken(connection):
        write_authority(connection, 1)
        raise LookupError("boom")

    with pytest.raises(LookupError, match="boom"):
        await store.database.write(broken)
    await store.database.write(lambda connection: write_authority(connection, 2))

    assert await store.database.read(count) == 1


async def test_what_the_database_refuses_is_one_error_and_leaves_it_usable(store):
    def twice(connection):
        write_authority(connection, 1)
        write_authority(connection, 1)

    with pytest.raises(StoreError, match="refused"):
        await store.database.write(twice)
    await store.database.write(lambda connection: write_authority(connection, 1))

    assert await store.database.read(count) == 1


async def test_a_reader_cannot_write(store):
    with pytest.raises(StoreError, match=r"read-?only"):
        await store.database.read(lambda connection: write_authority(connection, 1))


@only_sqlite
async def test_a_reader_does_not_wait_for_the_writer(store):
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection):
        write_authority(connection, 1)
        begun.set()
        go_on.wait(10)

    writing = asyncio.create_task(store.database.write(slow))
    await asyncio.to_thread(begun.wait, 10)

    seen = await store.database.read(count)
    go_on.set()
    await writing

    assert (seen, await store.database.read(count)) == (0, 1)


async def test_two_hundred_at_once_accept_one_alert_once(store, make_alert):
    offered = [
        make_alert(number, identifier="one", public_id=f"{number:026d}") for number in range(1, 201)
    ]

    held = await asyncio.gather(
        *(store.alerts.accept(alert, ("r" * 26,), actor=DUTY) for alert in offered)
    )

    assert len({alert.id for alert in held}) == 1
    assert len(await store.alerts.to_plan()) == 1
    assert len(await store.audit.entries()) == 1


async def test_closing_finishes_what_was_begun_ends_the_threads_and_may_be_done_twice(
    tmp_path,
):
    # Other tests of this process may hold ledgers of their own.
    before = set(threading.enumerate())
    url = f"sqlite:///{tmp_path / 'w.db'}"
    store = await open_store(url, None, SystemClock(), sortable_ids(SystemClock().now))
    writing = asyncio.create_task(store.database.write(lambda c: write_authority(c, 1)))
    await asyncio.sleep(0)

    await store.close()
    await store.close()
    await writing

    left = set(threading.enumerate()) - before
    assert not [found for found in left if found.name.startswith("ledger")]
    assert not (tmp_path / "w.db-wal").exists()
    with pytest.raises(StoreError, match="closed"):
        await store.audit.entries()


async def test_a_chain_of_entries_written_at_once_has_no_gap(store):
    await asyncio.gather(*(store.audit.append(Actor("a"), "b", str(n), {}) for n in range(50)))

    entries = await store.database.read(
        lambda c: c.execute(select(audit).order_by(audit.c.sequence)).all()
    )

    assert [entry.sequence for entry in entries] == list(range(1, 51))
    assert all(later.previous_hash == entry.hash for entry, later in pairwise(entries))


@pytest.mark.parametrize("fault", [ConnectionRefusedError("refused"), TimeoutError("too long")])
async def test_a_database_that_is_away_is_an_error_of_the_store(tmp_path, monkeypatch, fault):
    database = Database(f"sqlite:///{tmp_path / 'w.db'}")

    def away(_work):
        raise fault

    monkeypatch.setattr(database._home, "write", away)
    monkeypatch.setattr(database._home, "read", away)

    for ask in (database.write, database.read):
        with pytest.raises(StoreError, match="cannot be reached"):
            await ask(lambda connection: None)
    await database.close()
