"""What each decision comes to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.intake.release.cases import NOW, decision, issuer, policy, situation
from warnbroker.errors import ConfirmationError, DecisionError, ForbiddenError
from warnbroker.intake.release.rounds import escalated, overdue, reminded
from warnbroker.intake.release.rulings import Deciding, expired, judge_of
from warnbroker.model.decision import Act
from warnbroker.model.enums import MsgType
from warnbroker.model.event import Event
from warnbroker.model.record import AlertState

LIN = issuer("lin", "approver", person="Lin")


def ruling(act, where, by=LIN, rules=None, **kwargs):
    deciding = Deciding(act=act, by=by, at=NOW + timedelta(minutes=1), **kwargs)
    return judge_of(deciding, rules or policy())(where)


def events(found):
    return [event for event, _ in found.entries]


def test_the_last_step_releases_and_ends_the_timers():
    found = ruling(Act.APPROVE, situation())

    assert events(found) == [Event.STEP_APPROVED, Event.ALERT_RELEASED]
    assert found.releases
    assert found.changes["state"] is AlertState.ACCEPTED
    assert found.changes["released_at"] == NOW + timedelta(minutes=1)
    assert found.changes["remind_at"] is None


def test_an_earlier_step_starts_the_clock_anew():
    found = ruling(Act.APPROVE, situation(flow="four-step"))

    assert events(found) == [Event.STEP_APPROVED]
    assert not found.releases
    assert found.changes["remind_at"] == NOW + timedelta(minutes=4)
    assert found.changes["escalate_at"] == NOW + timedelta(minutes=11)


def test_what_has_expired_lapses_whoever_asks():
    found = ruling(Act.APPROVE, situation(expires=NOW), by=issuer("nobody"))

    assert events(found) == [Event.ALERT_LAPSED, Event.DECISION_REFUSED]
    assert found.changes["state"] is AlertState.LAPSED
    assert found.refusal.faults[0].rule == "release.expired"


@pytest.mark.parametrize(
    ("where", "rule"),
    [
        (situation(state=AlertState.PLANNED), "release.state"),
        (situation(state=AlertState.REJECTED), "release.state"),
        (situation(state=AlertState.HELD), "release.state"),
        (situation(state=AlertState.LAPSED), "release.expired"),
        (situation(cancelled_by="b" * 26, msg_type=MsgType.UPDATE), "release.cancelled"),
        (situation(graver="b (red)", msg_type=MsgType.UPDATE), "release.graver"),
        (
            situation(composer=issuer("desk", "issuer", revoked_at=NOW)),
            "release.issuer",
        ),
    ],
)
def test_what_cannot_leave_any_more_is_refused_on_record(where, rule):
    found = ruling(Act.APPROVE, where)

    assert isinstance(found.refusal, DecisionError)
    assert found.refusal.faults[0].rule == rule
    assert events(found) == [Event.DECISION_REFUSED]
    assert not found.changes
    assert found.decision is None


def test_an_issuer_who_might_not_issue_it_any_more_keeps_it_in():
    found = ruling(Act.APPROVE, situation(), objection="they might not")

    assert found.refusal.faults[0].rule == "release.authority"


def test_who_is_not_competent_decides_nothing():
    for act in (Act.APPROVE, Act.REJECT, Act.OVERRIDE, Act.ADMIT):
        state = AlertState.HELD if act is Act.ADMIT else AlertState.PENDING
        found = ruling(act, situation(state=state), barred="elsewhere", reason="why")

        assert isinstance(found.refusal, ForbiddenError)


def test_an_override_is_for_those_whom_the_settings_name():
    off = ruling(Act.OVERRIDE, situation(), rules=policy(override=frozenset()), reason="why")
    other = ruling(Act.OVERRIDE, situation(), by=issuer("x", "auditor"), reason="why")
    silent = ruling(Act.OVERRIDE, situation())
    done = ruling(Act.OVERRIDE, situation(), reason="nobody else is here")

    assert isinstance(off.refusal, ForbiddenError)
    assert isinstance(other.refusal, ForbiddenError)
    assert isinstance(silent.refusal, ConfirmationError)
    assert events(done) == [Event.ALERT_OVERRIDDEN, Event.ALERT_RELEASED]
    assert done.changes["countersign_by"] == done.changes["remind_at"]


@pytest.mark.parametrize("person", ["Desk", "Lin"])
def test_neither_who_composed_nor_who_released_it_signs_afterwards(person):
    owed = situation(decision("Lin", Act.OVERRIDE), state=AlertState.PLANNED, countersign_by=NOW)

    found = ruling(Act.COUNTERSIGN, owed, by=issuer("key", "approver", person=person))

    assert isinstance(found.refusal, ForbiddenError)


def test_a_signature_that_comes_late_counts_and_is_marked():
    owed = situation(decision("Lin", Act.OVERRIDE), state=AlertState.PLANNED, countersign_by=NOW)

    found = ruling(Act.COUNTERSIGN, owed, by=issuer("wang", "approver"))

    assert found.changes["countersign_by"] is None
    assert found.entries[0][1]["late"] is True


def test_what_is_admitted_takes_its_way_or_leaves_at_once():
    grave = ruling(Act.ADMIT, situation(state=AlertState.HELD))
    light = ruling(Act.ADMIT, situation(state=AlertState.HELD, level="blue"))

    assert grave.changes["state"] is AlertState.PENDING
    assert not grave.releases
    assert light.changes["state"] is AlertState.ACCEPTED
    assert light.releases


def test_a_round_of_the_clock_counts_once():
    seen = situation(remind_at=NOW, escalate_at=NOW)
    again = timedelta(minutes=3)
    later = replace(seen, record=replace(seen.record, reminders=1, escalate_at=None))

    first = reminded(seen.record, NOW, 1, again)(seen)
    above = escalated(seen.record, NOW, 1)(seen)

    assert first.changes == {"reminders": 1, "remind_at": NOW + again}
    assert above.changes == {"escalate_at": None}
    assert not reminded(seen.record, NOW, 1, again)(later).entries
    assert not escalated(seen.record, NOW, 1)(later).entries


def test_a_reminder_that_met_a_decision_is_noted_and_starts_no_clock():
    seen = situation(remind_at=NOW)
    gone = replace(seen, record=replace(seen.record, state=AlertState.ACCEPTED, remind_at=None))

    found = reminded(seen.record, NOW, 1, timedelta(minutes=3))(gone)

    assert events(found) == [Event.RELEASE_REMINDED]
    assert found.changes == {"reminders": 1}


def test_an_overdue_signature_is_noted_once_and_still_owed():
    owed = situation(state=AlertState.PLANNED, countersign_by=NOW, remind_at=NOW)
    noted = replace(owed, record=replace(owed.record, remind_at=None))

    found = overdue(NOW, 1)(owed)

    assert found.changes == {"remind_at": None}
    assert not overdue(NOW, 1)(noted).entries


def test_only_what_is_over_and_still_waits_lapses():
    assert expired(NOW)(situation(expires=NOW)).changes["state"] is AlertState.LAPSED
    assert not expired(NOW)(situation()).entries
    assert not expired(NOW)(situation(expires=NOW, state=AlertState.ACCEPTED)).entries
