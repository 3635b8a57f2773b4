"""Whose alerts somebody has a say in, and whose limits hold."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from shapely import box

from tests.integration.alerts import alert, info
from warnbroker.app.authorities import authorities_of
from warnbroker.app.scale import scale_of
from warnbroker.errors import ForbiddenError
from warnbroker.intake.authority import Remit, authorise, authorise_decision
from warnbroker.model.record import IssuerRecord
from warnbroker.model.region import Region
from warnbroker.settings import load
from warnbroker.settings.authorities import Authority
from warnbroker.targeting import RegionTree

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
OFFICES = {
    "province": Authority(names={}, senders=["province@x.example"]),
    "city": Authority(names={}, above="province", regions=["city"], senders=["city@x.example"]),
    "east": Authority(
        names={}, above="city", regions=["east"], senders=["east@x.example", "e2@x.example"],
        highest_level="orange", hazards=["Met"],
    ),
    "west": Authority(names={}, above="city", regions=["west"], senders=["west@x.example"]),
}  # fmt: skip
CITY, EAST, WEST = box(0, 0, 2, 1), box(1, 0, 2, 1), box(0, 0, 1, 1)
TREE = RegionTree(
    [
        Region("city", {}, CITY),
        Region("east", {}, EAST, parent="city"),
        Region("west", {}, WEST, parent="city"),
    ]
)
REMIT = Remit(authorities_of(OFFICES), scale_of(load(environment={}).levels))


def issuer(authority="", **changed) -> IssuerRecord:
    record = IssuerRecord(
        id=1, name="desk", sender="", roles=("issuer", "approver"), jurisdictions=(), hazards=(),
        authority_id=1, created_at=NOW, authority=authority,
    )  # fmt: skip
    return replace(record, **changed)


def told(sender, level="yellow"):
    return alert("a-1", infos=[info(level)], sender=sender)


@pytest.mark.parametrize("who", ["east", "city", "province", ""])
def test_an_office_and_all_above_it_have_a_say_in_its_alerts(who):
    authorise_decision(issuer(who), told("east@x.example"), EAST, TREE, REMIT)


@pytest.mark.parametrize(
    ("who", "sender"),
    [("west", "east@x.example"), ("east", "city@x.example"), ("east", "x@elsewhere.example")],
)
def test_nobody_has_a_say_in_the_alerts_of_those_beside_and_above_them(who, sender):
    with pytest.raises(ForbiddenError, match="has no say in alerts of"):
        authorise_decision(issuer(who), told(sender), EAST, TREE, REMIT)


def test_who_acts_for_an_office_has_a_say_in_its_alerts():
    west = issuer("west", on_behalf=("east",))

    authorise_decision(west, told("east@x.example"), EAST, TREE, REMIT)


@pytest.mark.parametrize("sender", ["east@x.example", "e2@x.example"])
def test_an_issuer_uses_any_sender_of_its_authority_unless_it_has_one_of_its_own(sender):
    authorise(issuer("east"), told(sender), EAST, TREE, REMIT)

    bound = issuer("east", sender="e2@x.example")
    if sender == bound.sender:
        authorise(bound, told(sender), EAST, TREE, REMIT)
    else:
        with pytest.raises(ForbiddenError, match=r"may send only as e2@x\.example"):
            authorise(bound, told(sender), EAST, TREE, REMIT)


@pytest.mark.parametrize(
    ("changed", "area", "words"),
    [
        ({}, WEST, r"jurisdiction of east \(east\)"),
        ({"jurisdictions": ("west",)}, EAST, r"jurisdiction of desk \(west\)"),
        ({"jurisdictions": ("gone",)}, EAST, r"jurisdiction of desk \(gone\)"),
        ({"hazards": ("Fire",)}, EAST, "desk may not warn of the hazard"),
        ({"highest_level": "blue"}, EAST, "desk may warn up to the level blue, not of yellow"),
        ({"highest_level": "purple"}, EAST, "purple, is not on the scale"),
        ({"roles": ("approver",)}, EAST, "lacks the role issuer"),
        ({"authority": "gone"}, EAST, "gone is not configured any more"),
    ],
)
def test_the_limits_of_the_key_and_of_the_authority_both_hold(changed, area, words):
    with pytest.raises(ForbiddenError, match=words):
        authorise(issuer("east", **changed) if "authority" not in changed else issuer(**changed),
                  told("east@x.example"), area, TREE, REMIT)  # fmt: skip


def test_the_gravest_of_several_infos_decides():
    both = alert("a-2", infos=[info("blue"), info("red")], sender="east@x.example")

    with pytest.raises(ForbiddenError, match="east may warn up to the level orange, not of red"):
        authorise(issuer("east"), both, EAST, TREE, REMIT)


def test_a_border_drawn_by_hand_may_be_ten_metres_off():
    near, far = box(0.99995, 0, 2, 1), box(0.999, 0, 2, 1)

    authorise(issuer("east"), told("east@x.example"), near, TREE, REMIT)
    with pytest.raises(ForbiddenError):
        authorise(issuer("east"), told("east@x.example"), far, TREE, REMIT)
