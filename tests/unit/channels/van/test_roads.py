"""The road network that is read from an OpenStreetMap file."""

import pytest

from channels.van.roads import read_network
from warnbroker.errors import FileError

BOX = (24.5, 60.0, 25.5, 60.5)
CROSS = {"w": (-100, 0), "m": (0, 0), "e": (100, 0), "n": (0, 100), "s": (0, -100)}
STREET = {"highway": "residential"}


def streets(network):
    return {(arc.name, arc.start, arc.end) for arc in network.arcs}


def named(name, **tags):
    return {**STREET, "name": name, **tags}


def test_a_street_is_cut_at_its_junctions_and_driven_both_ways(town):
    network = read_network(town(CROSS, [("wme", named("A")), ("nms", named("B"))]), BOX)

    assert streets(network) == {
        ("A", 1, 2), ("A", 2, 1), ("A", 2, 3), ("A", 3, 2),
        ("B", 4, 2), ("B", 2, 4), ("B", 2, 5), ("B", 5, 2),
    }  # fmt: skip
    assert all(network.arcs[arc.twin].twin == i for i, arc in enumerate(network.arcs))


@pytest.mark.parametrize(
    ("oneway", "way"), [("yes", ("O", 1, 4)), ("-1", ("O", 4, 1)), ("1", ("O", 1, 4))]
)
def test_a_one_way_street_has_arcs_one_way_only(town, oneway, way):
    ring = [("wme", named("A")), ("wn", named("O", oneway=oneway)), ("nm", named("B"))]

    network = read_network(town(CROSS, ring), BOX)

    assert [edge for edge in streets(network) if edge[0] == "O"] == [way]


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "footway"},
        {"highway": "construction"},
        named("P", access="private"),
        named("P", motor_vehicle="no"),
        named("P", access="yes", vehicle="no"),
        named("P", area="yes"),
    ],
)
def test_a_road_that_a_van_may_not_use_is_left_out(town, tags):
    network = read_network(town(CROSS, [("wme", named("A")), ("nm", tags)]), BOX)

    assert {name for name, _, _ in streets(network)} == {"A"}


@pytest.mark.parametrize(
    "tags",
    [
        named("T", tunnel="yes"),
        named("T", tunnel="building_passage"),
        named("T", covered="yes"),
        named("T", layer="-1"),
        named("T", highway="motorway", oneway="no"),
        named("T", highway="service", service="parking_aisle"),
    ],
)
def test_a_road_where_nobody_would_hear_is_driven_but_never_announced(town, tags):
    network = read_network(town(CROSS, [("wme", named("A")), ("nm", tags)]), BOX)

    assert {arc.way.announce for arc in network.arcs if arc.name == "T"} == {False}


def test_what_cannot_be_left_again_is_no_part_of_the_network(town):
    network = read_network(
        town(CROSS, [("wme", named("A")), ("mn", named("O", oneway="yes"))]), BOX
    )

    assert {name for name, _, _ in streets(network)} == {"A"}


def test_a_bollard_parts_a_street_though_both_ends_stay_usable(town):
    nodes = {**CROSS, "x": (50, 0)}
    ways = [("wmxe", named("A")), ("en", named("B")), ("nm", named("C"))]

    free = read_network(town(nodes, ways), BOX)
    parted = read_network(town(nodes, ways, barriers={"x": "bollard"}), BOX)

    assert ("A", 2, 3) in streets(free)
    ends = [arc for arc in parted.arcs if arc.name == "A" and arc.end < 0]
    followers = [parted.followers[parted.arcs.index(arc)] for arc in ends]
    assert [[b for b, _ in found] for found in followers] == [[arc.twin] for arc in ends]


@pytest.mark.parametrize(("kind", "left"), [("no_left_turn", {"A"}), ("only_left_turn", {"B"})])
def test_turn_restrictions_hold(town, kind, left):
    ways = [("wm", named("W")), ("me", named("A")), ("mn", named("B")), ("ne", named("C"))]

    network = read_network(town(CROSS, ways, rules=[(kind, 1, "m", 3)]), BOX)

    arriving = next(i for i, a in enumerate(network.arcs) if (a.name, a.end) == ("W", 2))
    assert {network.arcs[b].name for b, _ in network.followers[arriving]} - {"W"} == left


def test_turning_round_is_dearer_than_a_turn_and_a_turn_than_going_straight(town):
    network = read_network(town(CROSS, [("wme", named("A")), ("mn", named("B"))]), BOX)

    arriving = next(i for i, a in enumerate(network.arcs) if (a.start, a.end) == (1, 2))
    cost = {network.arcs[b].end: seconds for b, seconds in network.followers[arriving]}

    assert cost[3] < cost[4] < cost[1]


def test_a_signed_limit_caps_the_speed(town):
    network = read_network(town(CROSS, [("wme", named("A", maxspeed="10"))]), BOX)

    assert network.arcs[0].metres / network.arcs[0].seconds == pytest.approx(10 / 3.6)


def test_a_long_road_is_cut_into_arcs_of_at_most_300_m(town):
    network = read_network(town({"a": (0, 0), "b": (1000, 0)}, [("ab", named("L"))]), BOX)

    assert len(network.arcs) == 8
    assert max(arc.metres for arc in network.arcs) <= 300


def test_roads_outside_the_box_are_not_read(town):
    path = town(CROSS, [("wme", named("A"))])

    assert read_network(path, (10.0, 10.0, 11.0, 11.0)).arcs == ()


def test_a_missing_road_file_is_named(tmp_path):
    with pytest.raises(FileError, match=r"none\.pbf"):
        read_network(tmp_path / "none.pbf", BOX)


@pytest.mark.parametrize("name", ["roads.osm.pbf", "roads.osm", "roads.txt"])
def test_a_file_that_holds_no_roads_is_refused_by_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"these are no roads at all")

    with pytest.raises(FileError, match=name):
        read_network(tmp_path / name, BOX)
