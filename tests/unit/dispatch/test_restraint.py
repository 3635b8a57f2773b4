"""Quiet hours: who waits until when, also on the nights when the clocks change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.unit.dispatch.ledger import NOW, StandingClock
from warnbroker.dispatch.quiet import quiet_until
from warnbroker.dispatch.restraint import Restraint
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.record import Candidate, PlannedDelivery
from warnbroker.model.suppression import WISHES
from warnbroker.render.changes import Change

HELSINKI = ZoneInfo("Europe/Helsinki")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ("22:00-07:00", "2026-11-23T20:30", "2026-11-24T05:00"),
        ("22:00-07:00", "2026-11-23T02:10", "2026-11-23T05:00"),
        ("22:00-07:00", "2026-11-23T05:00", None),
        ("22:00-07:00", "2026-11-23T19:59", None),
        ("13:00-15:00", "2026-11-23T12:00", "2026-11-23T13:00"),
        ("13:00-15:00", "2026-11-23T13:00", None),
        ("07:00-07:00", "2026-11-23T05:00", None),
        # 29 March 2026: 03:00 becomes 04:00, so seven o'clock comes an hour sooner.
        ("22:00-07:00", "2026-03-28T21:00", "2026-03-29T04:00"),
        ("22:00-03:30", "2026-03-28T21:00", "2026-03-29T01:30"),
        # 25 October 2026: 04:00 becomes 03:00, so seven o'clock comes an hour later.
        ("22:00-07:00", "2026-10-24T20:00", "2026-10-25T05:00"),
        # Half past three comes twice that night: who is asked between the two waits for the second.
        ("22:00-03:30", "2026-10-24T23:00", "2026-10-25T00:30"),
        ("22:00-03:30", "2026-10-25T01:10", "2026-10-25T01:30"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(hours, now, until):
    assert quiet_until(hours, at(now), HELSINKI) == (until and at(until))


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("hours", ["22:00-07:00", "22:00-02:30", "01:30-03:30", "02:00-03:00"])
def test_no_quiet_hours_end_in_quiet_hours_or_last_longer_than_a_day(zone, hours):
    for day in (*range(80, 100), *range(270, 310)):
        for minutes in range(0, 24 * 60, 30):
            now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day, minutes=minutes)
            until = quiet_until(hours, now, ZoneInfo(zone))
            if until is not None:
                assert now < until < now + timedelta(hours=26)
                assert quiet_until(hours, until, ZoneInfo(zone)) is None


def level(code, rank):
    return Level(code, rank, "", "#000", {}, timedelta(hours=1), resend_unknown=False)


RED, YELLOW = level("red", 1), level("yellow", 3)
SLEEPER = Candidate(1, "en", None, frozenset(), "", frozenset(), frozenset(), {},
                    quiet_hours="22:00-07:00")  # fmt: skip
RULES = Restraint(
    override=frozenset({"red"}),
    at_any_hour=frozenset({"red", "orange"}),
    noisy=frozenset({"sms", "voice"}),
    zone=HELSINKI,
    clock=StandingClock(),
)
# It is ten past four in Helsinki.
MORNING = at("2026-11-23T05:00")


def planned(channel="sms", expires=NOW + timedelta(hours=9)):
    message = Message(1, channel, "en", MessageKind.ALERT, 0, {})
    return PlannedDelivery(1, channel, message, 3, expires)


def test_what_is_less_grave_waits_for_the_morning_where_it_would_wake_somebody():
    row = RULES.at_its_hour(planned(), YELLOW, SLEEPER)

    assert (row.due_at, row.delayed_by, row.withheld) == (MORNING, "quiet_hours", "")


@pytest.mark.parametrize(
    ("channel", "grade", "person"),
    [
        ("email", YELLOW, SLEEPER),
        ("sms", RED, SLEEPER),
        ("sms", YELLOW, None),
        ("sms", YELLOW, Candidate(1, "", None, frozenset(), "", frozenset(), frozenset(), {})),
    ],
)
def test_what_wakes_nobody_or_is_grave_goes_at_once(channel, grade, person):
    row = planned(channel)

    assert RULES.at_its_hour(row, grade, person) is row


def test_what_does_not_hold_until_the_morning_is_not_sent_and_says_why():
    row = RULES.at_its_hour(planned(expires=MORNING), YELLOW, SLEEPER)

    assert (row.due_at, row.withheld) == (None, "quiet_hours")


def test_only_the_levels_that_are_named_go_out_in_spite_of_wishes():
    assert (RULES.in_spite_of(RED), RULES.in_spite_of(YELLOW)) == (WISHES, frozenset())


HOUR = timedelta(hours=1)
GENTLE = replace(
    RULES,
    coalesce=frozenset({"red", "yellow"}),
    update_interval={"red": HOUR, "yellow": HOUR},
)
JUST_NOW = NOW - timedelta(minutes=10)


def peace(change, grade=YELLOW, channel="sms", told_at=JUST_NOW, **given):
    row = GENTLE.in_peace(planned(channel, **given), grade, change, told_at)
    return row.withheld or row.delayed_by or "goes"


@pytest.mark.parametrize(
    ("change", "becomes"),
    [
        (Change(), "unchanged"),
        (Change(place=True), "unchanged"),
        (Change(expires=True), "update_interval"),
        (Change(level=RED), "update_interval"),
        (Change(level=YELLOW, raised=True), "goes"),
        (Change(action=True), "goes"),
        (Change(onset=True), "goes"),
        (Change(expires=True, sooner=True), "goes"),
        (Change(event=True), "goes"),
    ],
)
def test_an_update_disturbs_by_what_it_changes(change, becomes):
    assert peace(change) == becomes


def test_the_gravest_and_what_wakes_nobody_are_never_held_back():
    assert [peace(Change(), RED), peace(Change(), channel="email")] == ["goes", "goes"]


def test_whoever_was_told_long_ago_or_has_no_time_left_is_told_at_once():
    assert peace(Change(expires=True), told_at=NOW - 2 * HOUR) == "goes"
    assert peace(Change(expires=True), expires=NOW + timedelta(minutes=20)) == "goes"


def test_after_the_interval_quiet_hours_are_heeded_too():
    evening = replace(GENTLE, clock=At(at("2026-11-23T19:30")))
    late = planned(expires=at("2026-11-24T12:00"))

    row = evening.in_peace(late, YELLOW, Change(expires=True), at("2026-11-23T19:20"))
    asleep = evening.at_its_hour(row, YELLOW, SLEEPER)

    assert (row.due_at, row.delayed_by) == (at("2026-11-23T20:20"), "update_interval")
    assert (asleep.due_at, asleep.delayed_by) == (at("2026-11-24T05:00"), "quiet_hours")


class At(StandingClock):
    def __init__(self, moment):
        self.moment = moment
