"""Which channels an alert takes, by the shipped rules."""

import pytest
import shapely

from tests.integration.alerts import info
from warnbroker.app import scale_of
from warnbroker.app.links import route_of
from warnbroker.dispatch.routing import Route, channels_for
from warnbroker.model.enums import Category, Urgency
from warnbroker.model.publication import Group
from warnbroker.settings import load

SETTINGS = load()
SCALE = scale_of(SETTINGS.levels)
ROUTES = tuple(route_of(rule) for rule in SETTINGS.routing)
ALL = ("sms", "voice", "email", "feed", "broadcast", "van")


def group(level, **kwargs):
    return Group(0, SCALE[level], (info(level, **kwargs),), shapely.box(0, 0, 1, 1))


def routed(found, routes=ROUTES, regions=frozenset()):
    return set(channels_for(found, regions, routes, ALL))


def test_a_red_warning_now_takes_every_channel():
    assert routed(group("red")) == set(ALL)


def test_a_red_outlook_for_next_week_rings_nobody():
    assert routed(group("red", urgency=Urgency.FUTURE)) == {"email", "feed", "broadcast"}


def test_a_blue_warning_takes_the_feed_and_mail():
    assert routed(group("blue")) == {"feed", "email"}


@pytest.mark.parametrize(
    "rule",
    [
        Route(("sms",), category=frozenset({Category.FIRE})),
        Route(("sms",), event=frozenset({"Earthquake"})),
        Route(("sms",), region=frozenset({"elsewhere"})),
        Route(("sms",), level=frozenset({"red"})),
    ],
)
def test_a_rule_that_names_something_else_does_not_match(rule):
    assert routed(group("blue"), (rule, Route(("feed",)))) == {"feed"}


def test_a_rule_may_name_an_event_or_a_region():
    event = Route(("sms",), event=frozenset({"Storm surge"}))
    region = Route(("voice",), region=frozenset({"harbour"}))

    assert routed(group("blue"), (event,)) == {"sms"}
    assert routed(group("blue"), (region,), frozenset({"harbour", "demo"})) == {"voice"}


def test_without_any_rule_that_matches_nobody_is_forgotten():
    assert routed(group("blue"), (Route(("sms",), level=frozenset({"red"})),)) == set(ALL)
