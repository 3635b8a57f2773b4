"""Evidence is committed in groups, and what is wrong with one piece harms no other."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from warnbroker.contracts.clock import SystemClock
from warnbroker.errors import StoreError
from warnbroker.model.receipt import AttemptKey, Evidence, Receipt, State
from warnbroker.model.record import Attempt, History
from warnbroker.receipts.judge import Judge
from warnbroker.receipts.recorder import LARGEST_COMMIT, Recorder

HISTORY = History(
    alert_id=1, alert="a", id=1, channel="sms", level="red", rank=1, state=State.ACCEPTED,
    task=None, due_at=None, expires=datetime.now(UTC) + timedelta(hours=1), stopped=False,
    own_target=False, attempts=(), receipts=(),
)  # fmt: skip


class Ledger:
    """Keeps evidence in memory; refuses what it is told to."""

    def __init__(self):
        self.commits = []
        self.failing = {}
        self.open = asyncio.Event()
        self.open.set()

    async def apply(self, evidence, now, judge):
        await self.open.wait()
        for item in evidence:
            if item.key.delivery in self.failing:
                raise self.failing[item.key.delivery]
        self.commits.append([item.key.delivery for item in evidence])


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def recorder(ledger):
    return Recorder(ledger, Judge(), SystemClock())


def evidence(*deliveries):
    return [Evidence(AttemptKey("a", n, 1), Receipt(State.ACCEPTED, "p")) for n in deliveries]


async def test_what_arrives_while_a_commit_runs_goes_into_one_next_commit(recorder, ledger):
    ledger.open.clear()
    first = asyncio.create_task(recorder.record(evidence(1)))
    while not recorder._committing:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    rest = [asyncio.create_task(recorder.record(evidence(n))) for n in range(2, 50)]
    await asyncio.sleep(0)

    ledger.open.set()
    await asyncio.gather(first, *rest)

    assert ledger.commits == [[1], list(range(2, 50))]


async def test_no_commit_is_larger_than_it_pays(recorder, ledger):
    number = 3 * LARGEST_COMMIT

    await asyncio.gather(*(recorder.record(evidence(n)) for n in range(number)))

    assert [len(commit) for commit in ledger.commits] == [LARGEST_COMMIT] * 3


async def test_nothing_is_answered_before_it_is_committed(recorder, ledger):
    ledger.open.clear()
    waiting = asyncio.create_task(recorder.record(evidence(1)))
    for _ in range(20):
        await asyncio.sleep(0)

    assert not waiting.done()
    ledger.open.set()
    await waiting
    assert ledger.commits == [[1]]


async def test_one_piece_that_cannot_be_recorded_spoils_no_other(recorder, ledger):
    ledger.failing[2] = ValueError("boom")

    results = await asyncio.gather(
        recorder.record(evidence(1)),
        recorder.record(evidence(2)),
        recorder.record(evidence(3, 4)),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [type(None), ValueError, type(None)]
    assert sorted(n for commit in ledger.commits for n in commit) == [1, 3, 4]


async def test_a_ledger_that_is_away_is_told_to_everybody_who_waits(recorder, ledger):
    ledger.failing[1] = StoreError("away")

    results = await asyncio.gather(
        recorder.record(evidence(1)), recorder.record(evidence(2)), return_exceptions=True
    )

    assert [type(result) for result in results] == [StoreError, StoreError]
    assert ledger.commits == []


async def test_a_caller_that_leaves_takes_nothing_along(recorder, ledger):
    ledger.open.clear()
    leaving = asyncio.create_task(recorder.record(evidence(1)))
    staying = asyncio.create_task(recorder.record(evidence(2)))
    await asyncio.sleep(0)

    leaving.cancel()
    ledger.open.set()
    await staying

    assert sorted(n for commit in ledger.commits for n in commit) == [1, 2]


@pytest.mark.parametrize("key", [AttemptKey("a", 1, 1), None])
async def test_who_watches_providers_hears_of_receipts_by_key_and_by_reference(key):
    began = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
    taken = Receipt(State.ACCEPTED, "p", provider_ref="r-1")
    history = replace(HISTORY, attempts=(Attempt(1, began),), receipts=((1, taken),))
    heard = []

    class Known(Ledger):
        async def apply(self, evidence, now, judge):
            judge(history)

    recorder = Recorder(Known(), Judge(), SystemClock(), lambda *what: heard.append(what))
    receipt = Receipt(State.DELIVERED, "p", provider_ref="r-1")

    await recorder.record([Evidence(key, receipt)])

    assert heard == [(history, history.attempts[0], receipt)]
