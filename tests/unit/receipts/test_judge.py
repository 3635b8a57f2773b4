"""What the engine owes a delivery after evidence."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from warnbroker.model.receipt import (
    ENGINE,
    GIVE_UP,
    RESEND,
    Reason,
    Receipt,
    State,
    again_code,
)
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
    assert verdict.conflict


def test_a_repeat_is_not_sent_once_it_is_known_that_it_cannot_arrive():
    refused = history(
        (1, failed(Reason.CRASH, State.UNKNOWN)),
        (1, Receipt(State.UNKNOWN, "warnbroker", code=RESEND)),
        (1, failed(Reason.RECIPIENT, State.FAILED_PERM)),
        task=Task.SEND,
        state=State.UNKNOWN,
    )

    verdict = JUDGE(refused, NOW)

    assert (verdict.state, verdict.task) == (State.FAILED_PERM, None)


def test_news_of_an_earlier_attempt_does_not_make_a_retry_wait_for_the_lease():
    claimed = history(
        (1, failed()), task=Task.SEND, state=State.CLAIMED, due_at=NOW + timedelta(seconds=60)
    )

    verdict = JUDGE(claimed, NOW)

    assert (verdict.task, verdict.due_at) == (Task.SEND, NOW)


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


def wanted_again(step=1, need=State.DELIVERED):
    return Receipt(State.IN_FLIGHT, ENGINE, code=again_code(step, need))


def test_a_ladder_has_a_delivery_sent_again_that_may_arrive_yet():
    called = history((1, Receipt(State.ACCEPTED, "p")), (1, wanted_again()))

    verdict = JUDGE(called, NOW)

    assert (verdict.state, verdict.task, verdict.due_at) == (State.ACCEPTED, Task.SEND, NOW)


def test_an_attempt_that_was_begun_fulfils_the_wish_of_the_ladder():
    called = history((1, Receipt(State.ACCEPTED, "p")), (1, wanted_again()), attempts=2)

    assert JUDGE(called, NOW).task is None


def test_a_late_arrival_cancels_what_the_ladder_wanted():
    arrived = history(
        (1, wanted_again()), (1, Receipt(State.DELIVERED, "p")), (1, Receipt(State.ACCEPTED, "p"))
    )

    assert JUDGE(arrived, NOW).task is None


def test_a_machine_that_took_the_call_cancels_nothing():
    taped = Receipt(State.DELIVERED, "p", reason=Reason.MACHINE)

    assert JUDGE(history((1, taped), (1, wanted_again())), NOW).task is Task.SEND


def test_where_a_person_must_confirm_a_receipt_of_the_device_cancels_nothing():
    wish = wanted_again(need=State.CONFIRMED)
    arrived, confirmed = Receipt(State.DELIVERED, "p"), Receipt(State.CONFIRMED, "p")

    assert JUDGE(history((1, arrived), (1, wish)), NOW).task is Task.SEND
    assert JUDGE(history((1, arrived), (1, wish), (1, confirmed)), NOW).task is None


@pytest.mark.parametrize("over", [{"stopped": True}, {"expires": NOW}])
def test_a_ladder_ends_with_its_alert(over):
    called = history((1, Receipt(State.ACCEPTED, "p")), (1, wanted_again()), **over)

    assert JUDGE(called, NOW).task is None


def test_an_address_that_does_not_exist_is_not_tried_again():
    wrong = Receipt(State.FAILED_PERM, "p", reason=Reason.RECIPIENT)

    assert JUDGE(history((1, wrong), (1, wanted_again())), NOW).task is None


def test_the_short_answer_for_a_plain_acceptance_is_that_of_the_whole_judge():
    for channel in ("sms", "voice", "email"):
        verdict = JUDGE(history((1, Receipt(State.ACCEPTED, "p")), channel=channel), NOW)

        assert (verdict.task, verdict.due_at) == (None, None)
