"""What the engine owes a delivery after evidence."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from warnbroker.model.receipt import GIVE_UP, RESEND, Reason, Receipt, State
from warnbroker.model.record import Attempt, History, Task
from warnbroker.receipts.judge import Judge
from warnbroker.receipts.retry import RetryPolicy

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
JUDGE = Judge(RetryPolicy(chance=Random(1)), unknown_after=30)


def history(*receipts, attempts=1, state=State.IN_FLIGHT, **kwargs):
    values = {
        "alert_id": 1,
        "alert": "a" * 26,
        "id": 2,
        "channel": "sms",
        "level": "red",
        "rank": 1,
        "state": state,
        "task": Task.RESOLVE,
        "due_at": NOW,
        "expires": NOW + timedelta(hours=1),
        "stopped": False,
        "own_target": False,
        "attempts": tuple(Attempt(n, NOW) for n in range(1, attempts + 1)),
        "receipts": receipts,
    }
    return History(**values | kwargs)


def failed(reason=Reason.CONNECT, state=State.FAILED_TEMP, **kwargs):
    return Receipt(state, "p", reason=reason, **kwargs)


def test_an_accepted_delivery_needs_nothing_more():
    verdict = JUDGE(history((1, Receipt(State.ACCEPTED, "p"))), NOW)

    assert (verdict.state, verdict.task, verdict.due_at) == (State.ACCEPTED, None, None)


def test_a_temporary_failure_is_tried_again_before_it_expires():
    verdict = JUDGE(history((1, failed())), NOW)

    assert (verdict.state, verdict.task) == (State.RETRY_WAIT, Task.SEND)
    assert NOW <= verdict.due_at <= NOW + timedelta(seconds=60)


def test_a_provider_that_names_its_delay_is_heeded():
    verdict = JUDGE(history((1, failed(Reason.THROTTLED, retry_after=40.0))), NOW)

    assert verdict.due_at >= NOW + timedelta(seconds=40)


def test_no_attempt_is_planned_beyond_the_expiry():
    soon = history((1, failed(retry_after=120.0)), expires=NOW + timedelta(seconds=100))

    verdict = JUDGE(soon, NOW)

    assert (verdict.state, verdict.task) == (State.FAILED_TEMP, None)


def test_a_permanent_failure_ends_it():
    verdict = JUDGE(history((1, failed(Reason.RECIPIENT, State.FAILED_PERM))), NOW)

    assert (verdict.state, verdict.task) == (State.FAILED_PERM, None)


def test_an_unknown_outcome_waits_for_a_callback_first():
    verdict = JUDGE(history((1, failed(Reason.RESET, State.UNKNOWN))), NOW)

    assert (verdict.state, verdict.task) == (State.UNKNOWN, Task.RESOLVE)
    assert verdict.due_at == NOW + timedelta(seconds=30)


def test_the_decision_to_send_again_is_carried_out_at_once():
    decided = Receipt(State.UNKNOWN, "warnbroker", code=RESEND)

    verdict = JUDGE(history((1, failed(Reason.CRASH, State.UNKNOWN)), (1, decided)), NOW)

    assert (verdict.task, verdict.due_at) == (Task.SEND, NOW)


def test_the_decision_to_give_up_leaves_it_listed_as_unknown():
    decided = Receipt(State.UNKNOWN, "warnbroker", code=GIVE_UP)

    verdict = JUDGE(history((1, failed(Reason.CRASH, State.UNKNOWN)), (1, decided)), NOW)

    assert (verdict.state, verdict.task) == (State.UNKNOWN, None)


def test_a_late_arrival_cancels_the_second_send():
    arrived = history(
        (1, failed(Reason.CRASH, State.UNKNOWN)),
        (1, Receipt(State.UNKNOWN, "warnbroker", code=RESEND)),
        (1, Receipt(State.DELIVERED, "p")),
        task=Task.SEND,
        state=State.UNKNOWN,
    )

    verdict = JUDGE(arrived, NOW)

    assert (verdict.state, verdict.task) == (State.DELIVERED, None)


def test_a_repeat_that_fails_for_now_is_tried_again_although_the_first_is_unknown():
    both = history((1, failed(Reason.RESET, State.UNKNOWN)), (2, failed()), attempts=2)

    verdict = JUDGE(both, NOW)

    assert (verdict.state, verdict.task) == (State.UNKNOWN, Task.SEND)


def test_nothing_is_tried_again_once_the_alert_is_stopped():
    verdict = JUDGE(history((1, failed()), stopped=True), NOW)

    assert (verdict.state, verdict.task) == (State.FAILED_TEMP, None)


def test_good_news_after_a_failure_is_marked_late():
    verdict = JUDGE(
        history(
            (1, failed(Reason.RECIPIENT, State.FAILED_PERM)),
            (1, Receipt(State.DELIVERED, "p")),
            state=State.FAILED_PERM,
            task=None,
        ),
        NOW,
    )

    assert verdict.late
    assert not verdict.conflict


def test_a_failure_after_arrival_is_flagged_and_changes_nothing():
    verdict = JUDGE(
        history(
            (1, Receipt(State.DELIVERED, "p")),
            (1, failed(Reason.RECIPIENT, State.FAILED_PERM)),
            state=State.DELIVERED,
            task=None,
        ),
        NOW,
    )

    assert verdict.state is State.DELIVERED
    assert verdict.conflict


@pytest.mark.parametrize("times", [1, 5])
def test_throttling_does_not_lengthen_the_delay(times):
    throttled = [(n, failed(Reason.THROTTLED)) for n in range(1, times + 1)]

    verdict = JUDGE(history(*throttled, attempts=times), NOW)

    assert verdict.due_at <= NOW + timedelta(seconds=JUDGE.policy.first)
