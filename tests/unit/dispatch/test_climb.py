"""Which step of their ladder somebody is due, and when."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from warnbroker.dispatch.escalate.climb import look
from warnbroker.model.enums import Scope, Status
from warnbroker.model.ladder import DOOR, Action, Climber, Ladders, Night, Rung, Sent
from warnbroker.model.receipt import State
from warnbroker.model.record import Candidate
from warnbroker.model.standing import Standing

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 0, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PERSON = Candidate(1, "zh-CN", None, frozenset({"quay"}), "", frozenset(), frozenset(), {})
RED = (
    Rung(Action.AGAIN, 3 * MINUTE, at_night=State.CONFIRMED, channels=("voice",)),
    Rung(Action.CONTACTS, 3 * MINUTE, at_night=State.CONFIRMED),
    Rung(Action.VANS, 2 * MINUTE, at_night=State.CONFIRMED),
    Rung(Action.LAST_MILE, 5 * MINUTE, State.CONFIRMED, State.CONFIRMED, no_receipt=True),
)
LADDERS = Ladders({1: RED}, Night(time(22), time(7), ZoneInfo("Europe/Helsinki")))
CONFIRMING = frozenset({"voice"})


def sms(state=State.ACCEPTED, at=NOON, **kwargs):
    return Sent(11, "sms", state, idle=True, attempts=1, started_at=at, **kwargs)


def voice(state=State.ACCEPTED, at=NOON, **kwargs):
    return Sent(12, "voice", state, idle=True, attempts=1, started_at=at, **kwargs)


def climber(*sent, step=0, at=NOON, **kwargs):
    values = {
        "alert_id": 1, "alert": "a" * 26, "rank": 1, "step": step, "since": at,
        "expires": at + timedelta(hours=6), "person": PERSON, "sent": sent,
        "standing": Standing(Status.ACTUAL, Scope.PUBLIC),
    }  # fmt: skip
    return Climber(**values | kwargs)


def seen(person, now):
    return look(person, LADDERS, CONFIRMING, now)


def test_nothing_is_done_before_its_time():
    found = seen(climber(sms(), voice()), NOON + 2 * MINUTE)

    assert (found.rung, found.due_at) == (None, NOON + 3 * MINUTE)


def test_time_runs_from_the_first_attempt_and_then_from_the_last_step():
    first = seen(climber(sms(), voice()), NOON + 3 * MINUTE)
    second = seen(climber(sms(), voice(), step=1, last_at=NOON + 4 * MINUTE), NOON + 5 * MINUTE)

    assert (first.step, first.rung) == (0, RED[0])
    assert (second.rung, second.due_at) == (None, NOON + 7 * MINUTE)


def test_a_receipt_by_day_is_enough_until_somebody_must_confirm():
    person = climber(sms(State.DELIVERED), voice())

    found = [seen(person, NOON + MINUTE * minutes) for minutes in (3, 12, 13)]

    assert [item.rung for item in found] == [None, None, RED[3]]
    assert found[0].due_at == NOON + 6 * MINUTE


def test_a_receipt_by_night_is_no_person_awake():
    person = climber(sms(State.DELIVERED, NIGHT), voice(at=NIGHT), at=NIGHT)

    assert seen(person, NIGHT + 3 * MINUTE).rung == RED[0]
    assert seen(person, NIGHT + 3 * MINUTE).need is State.CONFIRMED


def test_where_no_channel_can_ask_a_receipt_is_all_there_can_be():
    person = climber(sms(State.DELIVERED, NIGHT), at=NIGHT)

    assert seen(person, NIGHT + 3 * MINUTE) == replace(seen(person, NIGHT), step=0)
    assert seen(person, NIGHT).due_at is None


def test_who_has_confirmed_leaves_the_ladder():
    found = seen(climber(sms(), voice(State.CONFIRMED)), NOON)

    assert (found.rung, found.due_at) == (None, None)


def test_an_answering_machine_is_nobody():
    taped = voice(State.DELIVERED, machine=True)

    assert seen(climber(sms(), taped), NOON + 3 * MINUTE).rung == RED[0]


def test_what_failed_everywhere_goes_on_at_once_but_leaves_time_to_those_who_walk():
    lost = (sms(State.FAILED_PERM), voice(State.FAILED_PERM))

    assert seen(climber(*lost), NOON).rung == RED[0]
    assert seen(climber(*lost, step=1, last_at=NOON), NOON).rung == RED[1]
    assert seen(climber(*lost, step=2, last_at=NOON), NOON).due_at == NOON + 2 * MINUTE


def test_a_retry_that_is_still_due_is_not_a_failure_everywhere():
    waiting = replace(sms(State.RETRY_WAIT), idle=False)

    assert seen(climber(waiting), NOON).due_at == NOON + 3 * MINUTE


def test_where_no_receipt_is_possible_nobody_is_called_unreached():
    mail = Sent(13, "email", State.ACCEPTED, True, 1, NOON, receipts=False)

    found = seen(climber(mail), NOON + 30 * MINUTE)
    answered = seen(climber(mail, replace(mail, channel=DOOR, state=State.CONFIRMED)), NOON)

    # Only the step that says so is taken for them.
    assert (found.step, found.rung) == (3, RED[3])
    assert (answered.rung, answered.due_at) == (None, None)


def test_a_route_with_receipts_that_stays_silent_counts_beside_one_without():
    mail = Sent(13, "email", State.ACCEPTED, True, 1, NOON, receipts=False)

    assert seen(climber(mail, sms()), NOON + 3 * MINUTE).rung == RED[0]


def test_the_time_of_those_to_whom_nothing_could_be_handed_begins_by_itself():
    queued = Sent(11, "sms", State.QUEUED, idle=False)

    assert seen(climber(queued), NOON).due_at == NOON + 13 * MINUTE


def test_only_people_of_its_roles_take_a_step():
    ladders = Ladders({1: (replace(RED[1], roles=frozenset({"school"})),)})
    pupil = replace(PERSON, role="school")

    assert look(climber(sms()), ladders, CONFIRMING, NOON + 9 * MINUTE).rung is None
    found = look(climber(sms(), person=pupil), ladders, CONFIRMING, NOON + 9 * MINUTE)
    assert found.rung is not None


@pytest.mark.parametrize(
    "over",
    [
        {"stopped": True},
        {"expires": NOON},
        {"standing": Standing(Status.EXERCISE, Scope.PUBLIC)},
        {"rank": 4},
    ],
)
def test_nothing_escalates_once_it_is_over_nor_where_nobody_asked_for_it(over):
    found = seen(climber(sms(State.FAILED_PERM), **over), NOON)

    assert (found.rung, found.due_at) == (None, None)


def test_those_who_agreed_to_drills_are_drilled():
    agreed = replace(PERSON, drills=True)
    drill = climber(sms(), person=agreed, standing=Standing(Status.EXERCISE, Scope.PUBLIC))

    assert seen(drill, NOON + 3 * MINUTE).rung == RED[0]


def test_what_is_for_a_named_list_goes_to_nobody_beside_it():
    ladders = Ladders({1: RED[1:]})
    private = climber(sms(), standing=Standing(Status.ACTUAL, Scope.PRIVATE))

    assert look(private, ladders, CONFIRMING, NOON + 30 * MINUTE).rung is None


def test_the_step_does_not_depend_on_the_order_of_what_was_sent():
    sent = (sms(State.FAILED_PERM), voice(State.DELIVERED, machine=True), sms(at=NOON + MINUTE))

    found = {seen(climber(*order), NOON + 3 * MINUTE) for order in permutations(sent)}

    assert len(found) == 1


def test_night_may_pass_midnight_stay_within_a_day_or_never_come():
    zone = ZoneInfo("UTC")
    spans = ((22, 7), (1, 5), (0, 0))
    over, within, never = (Night(time(begin), time(end), zone) for begin, end in spans)

    hours = [datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (0, 6, 7, 12, 22)]

    assert [over.covers(hour) for hour in hours] == [True, True, False, False, True]
    assert [within.covers(hour) for hour in hours] == [False] * 5
    assert [never.covers(hour) for hour in hours] == [False] * 5


def test_a_clock_that_was_ahead_when_they_were_told_delays_no_step():
    ahead = NOON + timedelta(hours=1)
    person = climber(sms(at=ahead), voice(at=ahead), at=NOON)

    found = [seen(person, NOON + minutes * MINUTE) for minutes in (2, 3)]

    assert (found[0].rung, found[0].due_at) == (None, NOON + 3 * MINUTE)
    assert found[1].rung is not None
