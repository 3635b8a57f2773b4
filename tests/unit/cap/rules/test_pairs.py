"""Every rule of the table has a message that keeps it and one that breaks exactly it."""

import pytest

from tests.unit.cap.rules.good import GOOD, NOW
from tests.unit.cap.rules.pairs import PAIRS
from warnbroker.cap import RULES, check


def broken(alert) -> set[str]:
    return {fault.rule for fault in check(alert, NOW)}


def test_the_good_message_breaks_no_rule():
    assert check(GOOD, NOW) == []


def test_every_rule_has_a_pair_and_every_pair_a_rule():
    assert set(PAIRS) == {rule.id for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_message_keeps_the_rule(rule):
    assert rule.id not in broken(PAIRS[rule.id].keeps)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_message_breaks_exactly_the_rule(rule):
    assert broken(PAIRS[rule.id].breaks) == {rule.id}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_broken_rule_says_so_in_both_languages_with_its_level_and_path(rule):
    faults = check(PAIRS[rule.id].breaks, NOW)

    assert {fault.level for fault in faults} == {rule.level}
    for fault in faults:
        assert fault.path
        assert fault.message
        assert "{" not in fault.message + fault.chinese
        assert any("\u4e00" <= character <= "\u9fff" for character in fault.chinese)


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.at_issue], ids=lambda rule: rule.id
)
def test_what_depends_on_the_clock_makes_no_file_invalid(rule):
    faults = check(PAIRS[rule.id].breaks, NOW, issuing=False)

    assert {fault.level for fault in faults if fault.rule == rule.id} == {"warning"}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.needs], ids=lambda rule: rule.id)
def test_a_rule_waits_until_what_it_looks_at_can_be_read(rule):
    for name in rule.needs:
        found = {fault.rule for fault in check(PAIRS[rule.id].breaks, NOW, unread={name})}
        assert rule.id not in found
