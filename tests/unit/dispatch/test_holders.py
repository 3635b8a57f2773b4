"""Who is given the people that nothing reached."""

from shapely import box

from warnbroker.dispatch.escalate.holders import Holders
from warnbroker.model.doorstep import DESK
from warnbroker.model.ladder import Action
from warnbroker.model.record import Candidate
from warnbroker.model.region import Region
from warnbroker.targeting import RegionTree, home_of

TREE = RegionTree(
    [
        Region("town", {"en": "Town"}, box(0, 0, 10, 10)),
        Region("quay", {"en": "Quay"}, box(0, 0, 5, 5), parent="town"),
        Region("hill", {"en": "Hill"}, box(5, 5, 10, 10), parent="town"),
    ]
)


def person(number, position=None, regions=(), role="resident"):
    return Candidate(
        number, "en", position, frozenset(regions), "", frozenset(), frozenset(), {}, role
    )


def given(holders, someone, action=Action.LAST_MILE):
    return list(holders.of(action, someone, home_of(someone, TREE)))


def test_the_nearest_officer_of_the_region_is_given_them():
    holders = Holders([person(1, (1, 1), ["quay"]), person(2, (4, 4), ["quay"])], TREE)

    assert given(holders, person(9, (3.5, 3.5))) == [2]
    assert given(holders, person(9, (1.5, 1))) == [1]


def test_an_officer_of_a_smaller_region_goes_before_one_of_the_whole_town():
    holders = Holders([person(1, (3, 3), ["town"]), person(2, (1, 1), ["quay"])], TREE)

    assert given(holders, person(9, (3, 3))) == [2]
    assert given(holders, person(9, (7, 7))) == [1]


def test_where_nobody_knows_how_far_it_is_the_shortest_list_grows():
    holders = Holders([person(1, None, ["quay"]), person(2, None, ["quay"])], TREE)

    assert [given(holders, person(n, None, ["quay"])) for n in (8, 9)] == [[1], [2]]


def test_nobody_is_sent_to_themselves():
    holders = Holders([person(1, (1, 1), ["quay"])], TREE)

    assert given(holders, person(1, (1, 1), ["quay"])) == [DESK]


def test_a_region_without_officers_is_given_to_the_nearest_of_any():
    holders = Holders([person(1, (1, 1), ["quay"]), person(2, (4, 4), ["quay"])], TREE)

    assert given(holders, person(9, (7, 7))) == [2]


def test_an_officer_of_another_region_without_a_position_is_better_than_none():
    holders = Holders([person(1, None, ["quay"]), person(2, None, ["quay"])], TREE)

    assert [given(holders, person(n, (7, 7))) for n in (8, 9)] == [[1], [2]]


def test_an_officer_of_another_region_whose_way_is_known_goes_before_one_whose_is_not():
    holders = Holders([person(1, None, ["quay"]), person(2, (1, 1), ["quay"])], TREE)

    assert given(holders, person(9, (7, 7))) == [2]


def test_who_has_no_position_is_given_to_the_shortest_list_of_any_region():
    holders = Holders([person(1, (1, 1), ["quay"]), person(2, (4, 4), ["quay"])], TREE)

    assert [given(holders, person(n, None, ["hill"])) for n in (8, 9)] == [[1], [2]]


def test_every_contact_person_of_the_region_is_given_them():
    holders = Holders([person(1, None, ["quay"]), person(2, None, ["quay"])], TREE)

    assert given(holders, person(9, (1, 1)), Action.CONTACTS) == [1, 2]
    assert given(holders, person(9, (7, 7)), Action.CONTACTS) == [DESK]


def test_an_officer_with_a_point_alone_is_of_the_region_around_it():
    holders = Holders([person(1, (1, 1))], TREE)

    assert given(holders, person(9, None, ["quay"])) == [1]
