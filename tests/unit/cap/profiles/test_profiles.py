"""Every rule of every profile is kept by one message, and broken alone by another."""

import re

import pytest

from tests.unit.cap.profiles.pairs import BREAKS, GOOD_ONES
from warnbroker.cap.profiles import load_profile, profile_names
from warnbroker.cap.profiles.checks import CHECKS
from warnbroker.cli.validate import PROFILES
from warnbroker.errors import ConfigError

ROWS = [
    pytest.param(load_profile(name), row, id=row.rule)
    for name in profile_names()
    for row in load_profile(name).rows
]


def test_the_profiles_that_the_issue_names_are_shipped_and_named_by_the_command():
    assert set(profile_names()) == {"ipaws", "cap-cp", "cap-au", "meteoalarm", "google"}
    assert ", ".join(profile_names()) == PROFILES


@pytest.mark.parametrize("name", profile_names())
def test_a_good_message_keeps_its_profile(name):
    assert list(load_profile(name).faults(GOOD_ONES[name])) == []


def test_every_rule_of_a_profile_has_a_message_that_breaks_it():
    assert set(BREAKS) == {param.id for param in ROWS}


@pytest.mark.parametrize(("profile", "row"), ROWS)
def test_a_message_breaks_exactly_the_rule(profile, row):
    faults = list(profile.faults(BREAKS[row.rule]))

    assert {fault.rule for fault in faults} == {row.rule}
    assert {fault.level for fault in faults} == {row.level}
    for fault in faults:
        assert fault.path
        assert "{" not in fault.message + fault.chinese
        assert re.search("[\u4e00-\u9fff]", fault.chinese)


@pytest.mark.parametrize(("profile", "row"), ROWS)
def test_a_rule_waits_until_its_element_can_be_read(profile, row):
    for name in row.needs:
        found = {fault.rule for fault in profile.faults(BREAKS[row.rule], unread={name})}
        assert row.rule not in found


def test_every_check_is_called_by_a_row():
    called = {row.check for name in profile_names() for row in load_profile(name).rows}

    assert called - {""} == set(CHECKS)


def test_a_profile_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(ConfigError, match=r"no profile 'nope'; known are cap-au"):
        load_profile("nope")
