"""An issuer asks no more often than they may, whatever the clock does, and not with an old key."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from warnbroker.api.access import Gate
from warnbroker.api.problem import TooManyError, UnauthorisedError
from warnbroker.model.record import IssuerRecord

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
DESK = IssuerRecord(
    id=1, name="desk", sender="", roles=("issuer",), jurisdictions=(), hazards=(),
    authority_id=1, created_at=NOW,
)  # fmt: skip


class Clock:
    """Moves when it is told to."""

    def __init__(self):
        self.moment = NOW

    def now(self):
        return self.moment

    def pass_seconds(self, seconds):
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def gate(clock):
    return Gate(clock, rate=60, burst=5)


def admitted(gate, issuer, times):
    """Return how many of so many requests pass, and the last refusal."""
    passed, refusal = 0, None
    for _ in range(times):
        try:
            gate.admit(issuer)
            passed += 1
        except TooManyError as error:
            refusal = error
    return passed, refusal


def test_a_burst_passes_and_then_one_for_each_second(gate, clock):
    assert admitted(gate, DESK, 20)[0] == 5

    clock.pass_seconds(3)

    assert admitted(gate, DESK, 20)[0] == 3


def test_whoever_must_wait_is_told_how_long(gate, clock):
    _, refusal = admitted(gate, DESK, 6)

    clock.pass_seconds(refusal.retry_after)

    assert admitted(gate, DESK, 1)[0] == 1


def test_a_long_silence_saves_up_no_more_than_a_burst(gate, clock):
    clock.pass_seconds(86_400)

    assert admitted(gate, DESK, 100)[0] == 5


def test_each_issuer_has_a_measure_of_their_own(gate, clock):
    slow = replace(DESK, id=2, rate=6)
    admitted(gate, DESK, 5)
    admitted(gate, slow, 5)

    clock.pass_seconds(10)

    assert admitted(gate, DESK, 20)[0] == 5
    assert admitted(gate, slow, 20)[0] == 1


def test_a_clock_that_is_set_back_locks_nobody_out(gate, clock):
    admitted(gate, DESK, 5)
    clock.pass_seconds(-3600)
    admitted(gate, DESK, 1)

    clock.pass_seconds(2)

    assert admitted(gate, DESK, 20)[0] == 2


def test_a_key_opens_until_the_moment_that_it_ends(gate, clock):
    ending = replace(DESK, expires_at=NOW + timedelta(seconds=1))
    gate.admit(ending)

    clock.pass_seconds(1)

    with pytest.raises(UnauthorisedError, match="expired at 2026-11-23 02:10 UTC"):
        gate.admit(ending)
