"""A delivery that one provider failed goes to another, and waits only when all have failed it."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from tests.unit.receipts.test_judge import NOW, failed, history
from warnbroker.model.receipt import RESEND, Reason, Receipt, State
from warnbroker.model.record import Attempt, Task
from warnbroker.receipts.judge import Judge
from warnbroker.receipts.retry import RetryPolicy

FLOORS = {Reason.CONNECT: 30.0}
JUDGE = Judge(
    RetryPolicy(floors=FLOORS, chance=Random(1)), providers=lambda channel: ("a", "b", "c")
)
ALONE = Judge(RetryPolicy(floors=FLOORS, chance=Random(1)), providers=lambda channel: ("a",))


def tried(*providers, judge=JUDGE, receipts=None):
    attempts = tuple(Attempt(n, NOW, provider=name) for n, name in enumerate(providers, 1))
    receipts = receipts or [(n, failed()) for n in range(1, len(providers) + 1)]
    return judge(replace(history(*receipts), attempts=attempts), NOW)


def test_what_is_known_not_sent_goes_to_another_provider_at_once():
    verdict = tried("a")

    assert (verdict.task, verdict.due_at, verdict.avoid) == (Task.SEND, NOW, {"a"})


def test_those_who_failed_it_in_a_row_are_all_avoided():
    verdict = tried("a", "c")

    assert (verdict.due_at, verdict.avoid) == (NOW, {"a", "c"})


def test_it_waits_when_all_have_failed_it_and_then_nobody_is_avoided():
    verdict = tried("a", "c", "b")

    assert verdict.due_at >= NOW + timedelta(seconds=30)
    assert verdict.avoid == frozenset()


def test_a_new_round_begins_after_the_wait():
    verdict = tried("a", "c", "b", "a")

    assert (verdict.due_at, verdict.avoid) == (NOW, {"a"})


def test_it_waits_when_one_failed_it_twice_since_no_other_could_be_used():
    verdict = tried("a", "a")

    assert verdict.due_at >= NOW + timedelta(seconds=30)


def test_a_provider_that_is_alone_is_asked_again_after_a_wait():
    verdict = tried("a", judge=ALONE)

    assert verdict.due_at >= NOW + timedelta(seconds=30)
    assert verdict.avoid == frozenset()


def test_a_provider_that_takes_no_more_is_passed_over_at_once():
    verdict = tried("a", receipts=[(1, failed(Reason.THROTTLED, retry_after=40))])

    assert (verdict.due_at, verdict.avoid) == (NOW, {"a"})


def test_a_busy_line_is_not_freed_by_another_provider():
    verdict = tried("a", receipts=[(1, failed(Reason.BUSY))])

    assert verdict.avoid == frozenset()


def test_an_unknown_outcome_that_is_sent_again_prefers_another_provider():
    decided = Receipt(State.UNKNOWN, "warnbroker", code=RESEND)

    verdict = tried("a", receipts=[(1, failed(Reason.RESET, State.UNKNOWN)), (1, decided)])

    assert (verdict.task, verdict.due_at, verdict.avoid) == (Task.SEND, NOW, {"a"})


def test_what_one_carrier_filters_another_may_let_through():
    accepted = Receipt(State.ACCEPTED, "a")

    verdict = tried(
        "a", receipts=[(1, accepted), (1, failed(Reason.POLICY, State.FAILED_PERM, code="30007"))]
    )

    assert (verdict.task, verdict.due_at, verdict.avoid) == (Task.SEND, NOW, {"a"})


def test_what_every_carrier_filters_has_failed():
    refused = [(n, failed(Reason.POLICY, State.FAILED_PERM)) for n in (1, 2, 3)]

    verdict = tried("a", "b", "c", receipts=refused)

    assert (verdict.state, verdict.task) == (State.FAILED_PERM, None)


def test_a_number_that_does_not_exist_is_asked_of_nobody_else():
    verdict = tried("a", receipts=[(1, failed(Reason.RECIPIENT, State.FAILED_PERM))])

    assert (verdict.state, verdict.task) == (State.FAILED_PERM, None)


@pytest.mark.parametrize(("age", "task"), [(59, Task.SEND), (61, None)])
def test_nothing_is_tried_again_beyond_its_age(age, task):
    judge = Judge(RetryPolicy(max_age=60), providers=lambda channel: ("a", "b"))
    begun = Attempt(1, NOW - timedelta(seconds=age), provider="a")

    verdict = judge(replace(history((1, failed())), attempts=(begun,)), NOW)

    assert verdict.task is task
