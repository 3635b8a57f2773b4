"""Where an alert stands when it comes in."""

from datetime import timedelta

import pytest

from tests.unit.intake.release.cases import NOW, policy, record
from warnbroker.intake.release.begin import begun, repeat_of
from warnbroker.model.enums import MsgType, Status
from warnbroker.model.record import AlertState


def test_a_grave_alert_waits_with_its_clock_started():
    found = begun(record(), policy(), NOW)

    assert found.state is AlertState.PENDING
    assert found.released_at is None
    assert found.remind_at == NOW + timedelta(minutes=3)
    assert found.escalate_at == NOW + timedelta(minutes=10)


def test_what_needs_nobody_is_released_at_once():
    found = begun(record(level="blue"), policy(), NOW)

    assert found.state is AlertState.ACCEPTED
    assert found.released_at == NOW
    assert found.countersign_by is None


def test_the_retraction_of_an_error_goes_at_once_and_is_signed_afterwards():
    found = begun(record(msg_type=MsgType.CANCEL, reason="error"), policy(), NOW)

    assert found.state is AlertState.ACCEPTED
    assert found.countersign_by == found.remind_at == NOW + timedelta(minutes=30)


def test_lifting_a_warning_takes_the_chain():
    lifted = begun(record(msg_type=MsgType.CANCEL, reason="lifted"), policy(), NOW)

    assert lifted.state is AlertState.PENDING


@pytest.mark.parametrize(
    "kind",
    [
        {"status": Status.SYSTEM},
        {"status": Status.DRAFT},
        {"msg_type": MsgType.ACK},
        {"msg_type": MsgType.ERROR},
        {"msg_type": MsgType.CANCEL, "status": Status.DRAFT, "reason": "error"},
    ],
)
def test_what_is_between_systems_is_kept(kind):
    found = begun(record(**kind), policy(), NOW)

    assert found.state is AlertState.RECORDED
    assert found.released_at is None
    assert repeat_of(found, policy()) is None


def test_a_repeat_would_be_held_with_its_clock_started():
    repeat = repeat_of(begun(record(level="blue"), policy(), NOW), policy())

    assert repeat.held.state is AlertState.HELD
    assert repeat.held.released_at is None
    assert repeat.held.remind_at == NOW + timedelta(minutes=3)
    assert repeat.since == NOW - timedelta(hours=1)


def test_an_update_or_a_cancel_repeats_nothing():
    for kind in (MsgType.UPDATE, MsgType.CANCEL):
        assert repeat_of(record(msg_type=kind), policy()) is None
    assert repeat_of(record(), policy(repeat_within=timedelta(0))) is None
