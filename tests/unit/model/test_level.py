"""The level an info states, or the one that the table gives it."""

import pytest

from tests.integration.alerts import info
from warnbroker.app import scale_of
from warnbroker.errors import ConfigError
from warnbroker.model.alert import NamedValue
from warnbroker.model.enums import Certainty, Severity, Urgency
from warnbroker.model.level import in_language
from warnbroker.settings import load

LEVELS = load().levels
SCALE = scale_of(LEVELS)


@pytest.mark.parametrize(
    ("name", "value", "level"),
    [
        ("level", "red", "red"),
        ("level", "RED", "red"),
        ("预警级别", "橙色", "orange"),
        ("awareness_level", "3; orange; Severe", "orange"),
        ("awareness_level", "4; red; Extreme", "red"),
        ("severityColor", "Blue", "blue"),
    ],
)
def test_a_stated_level_counts_whatever_the_severity(name, value, level):
    stated = info("blue", parameters=(NamedValue(name, value),), severity=Severity.MODERATE)

    assert SCALE.of(stated).code == level


@pytest.mark.parametrize(
    ("severity", "urgency", "certainty", "level"),
    [
        (Severity.EXTREME, Urgency.IMMEDIATE, Certainty.OBSERVED, "red"),
        (Severity.EXTREME, Urgency.FUTURE, Certainty.LIKELY, "orange"),
        (Severity.SEVERE, Urgency.EXPECTED, Certainty.LIKELY, "orange"),
        (Severity.SEVERE, Urgency.EXPECTED, Certainty.POSSIBLE, "yellow"),
        (Severity.MODERATE, Urgency.IMMEDIATE, Certainty.OBSERVED, "yellow"),
        (Severity.UNKNOWN, Urgency.UNKNOWN, Certainty.UNKNOWN, "blue"),
    ],
)
def test_the_table_grades_what_states_no_level(severity, urgency, certainty, level):
    plain = info(parameters=(), severity=severity, urgency=urgency, certainty=certainty)

    assert SCALE.of(plain).code == level


def test_a_table_that_leaves_something_without_a_level_is_refused():
    with pytest.raises(ConfigError, match=r"levels\.defaults"):
        scale_of(LEVELS.model_copy(update={"defaults": LEVELS.defaults[:-1]}))


@pytest.mark.parametrize(
    ("language", "name"),
    [("zh-CN", "红色"), ("zh-TW", "红色"), ("en-GB", "Red"), ("fr", "Red"), ("", "Red")],
)
def test_a_name_is_given_in_the_nearest_language(language, name):
    assert in_language({"zh-CN": "红色", "en": "Red"}, language) == name
