"""How far an alert may go, and by which channels, whatever else the settings route."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import shapely

from tests.integration.alerts import alert, info
from warnbroker.app import scale_of
from warnbroker.dispatch.reach import Circle, Reach
from warnbroker.dispatch.routing import channels_for, ordered
from warnbroker.model.alert import NamedValue
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.fan_out import INTERNAL, PUBLIC_DRILL, PUBLIC_DRILL_FLOW
from warnbroker.model.publication import Group
from warnbroker.model.standing import Standing
from warnbroker.settings import load

SCALE = scale_of(load().levels)
CIRCLE = Circle(public_drills=True, drill_channels=frozenset({"sms", "feed"}))


def record(message, flow=""):
    return SimpleNamespace(standing=Standing.of(message), flow=flow)


def reach(circle=CIRCLE, flow="", **changes):
    message = alert(**changes)
    return circle.reach(record(message, flow), message)


def group(*orders, **kwargs):
    pairs = tuple(NamedValue(name, value) for name, value in orders)
    found = info(parameters=(NamedValue("level", "red"), *pairs), **kwargs)
    return Group(0, SCALE["red"], (found,), shapely.box(0, 0, 1, 1))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Reach.EVERYBODY),
        ({"status": Status.EXERCISE}, Reach.AGREED),
        ({"status": Status.TEST}, Reach.AGREED),
        ({"status": Status.SYSTEM}, Reach.NOBODY),
        ({"status": Status.DRAFT}, Reach.NOBODY),
        ({"msg_type": MsgType.ACK}, Reach.NOBODY),
        ({"msg_type": MsgType.ERROR}, Reach.NOBODY),
        ({"scope": Scope.RESTRICTED}, Reach.NAMED),
        ({"scope": Scope.PRIVATE, "status": Status.EXERCISE}, Reach.NAMED),
        ({"codes": (INTERNAL,)}, Reach.OFFICE),
        ({"codes": (INTERNAL,), "scope": Scope.RESTRICTED}, Reach.OFFICE),
        ({"codes": (INTERNAL,), "status": Status.DRAFT}, Reach.NOBODY),
    ],
    ids=str,
)
def test_the_gravest_word_on_status_and_scope_decides(changes, expected):
    assert reach(**changes) is expected


def test_an_announced_drill_needs_the_switch_the_code_and_the_flow():
    asks = {"status": Status.EXERCISE, "codes": (PUBLIC_DRILL,)}

    assert reach(flow=PUBLIC_DRILL_FLOW, **asks) is Reach.DRILL_FOR_ALL
    assert reach(flow="standard", **asks) is Reach.AGREED
    assert reach(flow=PUBLIC_DRILL_FLOW, status=Status.EXERCISE) is Reach.AGREED
    assert reach(Circle(), flow=PUBLIC_DRILL_FLOW, **asks) is Reach.AGREED


def test_where_the_row_and_the_text_differ_nobody_is_told():
    said = alert(status=Status.EXERCISE)
    row = SimpleNamespace(standing=replace(Standing.of(said), status=Status.ACTUAL), flow="")

    assert CIRCLE.reach(row, said) is Reach.NOBODY


@pytest.mark.parametrize(
    ("changes", "channel", "own_target", "expected"),
    [
        ({}, "van", True, True),
        ({"status": Status.EXERCISE}, "sms", False, True),
        ({"status": Status.EXERCISE}, "van", True, False),
        ({"scope": Scope.RESTRICTED}, "sms", False, True),
        ({"scope": Scope.RESTRICTED}, "feed", True, False),
        ({"codes": (INTERNAL,)}, "broadcast", True, False),
    ],
    ids=str,
)
def test_what_everybody_hears_is_for_what_is_for_everybody(changes, channel, own_target, expected):
    assert CIRCLE.allows(alert(**changes), group(), channel, own_target=own_target) is expected


def test_a_drill_takes_a_further_channel_that_its_issuer_names():
    named = group(("warnbroker:channel", "van"))

    assert CIRCLE.allows(alert(status=Status.EXERCISE), named, "van", own_target=True)


def test_what_the_issuer_names_goes_before_all_rules():
    named = group(("warnbroker:channel", "voice"), ("warnbroker:channel", "feed"))

    assert channels_for(named, frozenset(), (), ("sms", "voice", "feed")) == ("voice", "feed")


def test_the_orders_of_all_languages_count_together():
    first, second = (
        group(("warnbroker:channel", "sms"), ("warnbroker:audience", "officer")),
        group(("warnbroker:channel", "feed"), ("warnbroker:audience:sms", "school")),
    )
    order = ordered(replace(first, infos=first.infos + second.infos))

    assert (order.channels, order.roles) == ({"sms", "feed"}, {"officer"})
    assert order.admits("feed", "officer")
    assert not order.admits("sms", "officer")
