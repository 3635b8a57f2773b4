"""A turn taken in one step of SQLite leaves the same rows as one taken statement by statement."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import select, text

from tests.unit.store.conftest import only_sqlite
from tests.unit.store.test_deliveries import LEASE, NOW, claim, taken, turn
from warnbroker.errors import StoreError
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt, State
from warnbroker.model.record import Turn
from warnbroker.receipts.judge import Judge
from warnbroker.store import turns
from warnbroker.store.tables import alert, attempt, delivery, evidence, provider_ref

LATER = NOW + timedelta(seconds=5)


async def rows_of(store):
    """Return what the tables of a ledger hold that a turn writes."""
    tables = (delivery, attempt, provider_ref, evidence, alert)

    def read(connection):
        return {
            table.name: sorted(
                (
                    # Evidence is numbered by the moment, and addresses as they came.
                    {k: v for k, v in row.items() if k not in {"address_id", "ciphertext"}}
                    for row in connection.execute(select(table)).mappings()
                ),
                key=repr,
            )
            for table in tables
        }

    return await store.deliveries._database.read(read)


async def first_turns(store):
    """Begin all, settle them with names in two turns, and return what was begun."""
    claimed = await claim(store)
    begun = await turn(store, batch=claimed[:6])
    begun += await turn(store, [taken(item, by_ref=True) for item in begun], claimed[6:], now=LATER)
    await turn(store, [taken(item) for item in begun[6:]], now=LATER)
    return begun


@pytest.fixture
def ordinary(monkeypatch):
    """Return what makes every turn go statement by statement."""
    return lambda: monkeypatch.setattr(turns, "take_plain", lambda *_: False)


@only_sqlite
async def test_both_ways_write_the_same(store, planned, ordinary):
    begun = await first_turns(store)
    in_one_step = await rows_of(store)
    await store.deliveries._database.write(start_over)
    ordinary()

    again = await first_turns(store)

    statement_by_statement = await rows_of(store)
    assert [item.id for item in begun] == [item.id for item in again]
    assert unnumbered(in_one_step) == unnumbered(statement_by_statement)
    assert {row["state"] for row in in_one_step["delivery"]} == {State.ACCEPTED}
    assert len(in_one_step["evidence"]) == len(in_one_step["attempt"]) == 10
    assert len(in_one_step["provider_ref"]) == 6


def start_over(connection):
    for table in (attempt, evidence, provider_ref):
        connection.execute(table.delete())
    connection.execute(
        delivery.update().values(
            state=State.QUEUED, task="send", due_at=NOW, attempts=0, told=False,
            claimed_by=None, changed_at=NOW,
        )
    )  # fmt: skip
    connection.execute(alert.update().values(first_handoff_at=None, last_handoff_at=None))


def unnumbered(found):
    return {
        name: [{k: v for k, v in row.items() if name != "evidence" or k != "id"} for row in rows]
        for name, rows in found.items()
    }


@only_sqlite
async def test_a_plain_turn_is_one_step(store, planned, monkeypatch):
    whole = []
    take = turns.take_plain
    monkeypatch.setattr(turns, "take_plain", lambda *given: whole.append(take(*given)) or whole[-1])

    await first_turns(store)

    assert whole == [True, True, True]


async def test_of_claims_that_may_not_all_go_the_others_do(store, planned):
    claimed = await claim(store)
    gone = replace(claimed[0], id=999)

    begun = await turn(store, batch=[gone, *claimed[1:]])

    assert [item.id for item in begun] == [item.id for item in claimed[1:]]
    assert len((await rows_of(store))["attempt"]) == 9


async def test_what_a_callback_knew_first_is_judged(store, planned):
    begun = await turn(store, batch=await claim(store))
    early = Receipt(State.DELIVERED, "p", "ref", at=NOW)
    key = AttemptKey(begun[0].alert, begun[0].id, 1)
    await store.deliveries.apply([Evidence(key, early)], NOW, lambda history: Judge()(history, NOW))

    await turn(store, [taken(item) for item in begun], now=LATER)

    counts = await store.deliveries.counts(planned.id)
    assert counts == {"sms": {"DELIVERED": 1, "ACCEPTED": 9}}
    assert len((await rows_of(store))["evidence"]) == 11


async def test_a_result_that_comes_twice_is_kept_once(store, planned):
    begun = await turn(store, batch=await claim(store))
    results = [taken(item) for item in begun]

    await turn(store, results)
    await turn(store, results, now=LATER)

    assert len((await rows_of(store))["evidence"]) == 10
    assert await store.deliveries.counts(planned.id) == {"sms": {"ACCEPTED": 10}}


async def test_a_failure_among_them_takes_the_ordinary_way(store, planned):
    begun = await turn(store, batch=await claim(store))
    refused = Receipt(State.FAILED_PERM, "p", reason=Reason.RECIPIENT)
    sent = [taken(item) for item in begun]

    await turn(store, [replace(sent[0], receipt=refused), *sent[1:]], now=LATER)

    assert await store.deliveries.counts(planned.id) == {"sms": {"FAILED_PERM": 1, "ACCEPTED": 9}}


@only_sqlite
async def test_a_transaction_that_is_undone_takes_its_script_with_it(store, planned):
    def fail(connection):
        turns.take_plain(connection, (), (), Turn("a", NOW, LEASE))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.deliveries._database.write(fail)

    await first_turns(store)

    assert await store.deliveries.counts(planned.id) == {"sms": {"ACCEPTED": 10}}


@only_sqlite
async def test_what_the_script_cannot_write_is_an_error_that_names_the_database(store, planned):
    begun = await turn(store, batch=await claim(store))
    await store.deliveries._database.write(lambda c: c.execute(text("DROP TABLE provider_ref")))

    with pytest.raises(StoreError, match="provider_ref"):
        await turn(store, [taken(item, by_ref=True) for item in begun])
