"""Announcing legs, and who hears them."""

from itertools import pairwise

import numpy as np
import pytest
from shapely import Point
from shapely.geometry import LineString

from channels.van.geometry import bearing, turn_angle
from channels.van.legs import Leg, hearers, make_legs
from channels.van.roads import read_network
from channels.van.voice import make_voice
from warnbroker.resources import shipped

BOX = (24.5, 60.0, 25.5, 60.5)
VOICE = make_voice(120, 10, [30], 45)


def named(name, **tags):
    return {"highway": "residential", "name": name, **tags}


@pytest.fixture(scope="module")
def network():
    return read_network(shipped("config") / "roads.osm.pbf", BOX)


@pytest.fixture(scope="module")
def legs(network):
    return make_legs(network)


def test_no_leg_is_longer_than_300_m_and_none_is_a_stub(legs):
    assert max(leg.metres for leg in legs) <= 300
    assert min(leg.metres for leg in legs) >= 30


def test_a_leg_keeps_to_one_street_and_goes_straight_on(network, legs):
    for leg in legs:
        arcs = [network.arcs[index] for index in leg.arcs]
        assert len({arc.name for arc in arcs}) == 1
        for before, after in pairwise(arcs):
            assert before.end == after.start
            assert abs(turn_angle(before.heading_out, after.heading_in)) <= 35


def test_no_leg_runs_where_nobody_would_hear(network, legs):
    silent = {index for index, arc in enumerate(network.arcs) if not arc.way.announce}

    assert silent
    assert not silent & {index for leg in legs for index in leg.arcs}


def test_no_arc_belongs_to_two_legs(legs):
    arcs = [index for leg in legs for index in leg.arcs]

    assert len(arcs) == len(set(arcs))


def test_both_directions_of_a_street_are_legs(town):
    found = make_legs(read_network(town({"a": (0, 0), "b": (200, 0)}, [("ab", named("A"))]), BOX))

    assert sorted(bearing(leg.points, at_end=False) for leg in found) == pytest.approx([90, 270])


def test_a_long_street_is_cut_into_legs_of_about_equal_length(town):
    nodes = {name: (100 * i, 0) for i, name in enumerate("abcdef")}
    found = make_legs(read_network(town(nodes, [("abcdef", named("A"))]), BOX))

    assert [leg.metres for leg in found] == pytest.approx([250, 250, 250, 250], rel=0.01)


def line(metres, ends=0.0):
    return Leg((0,), np.array([[0.0, 0.0], [metres, ends]]), float(np.hypot(metres, ends)))


def heard(leg, places, voice=VOICE):
    return hearers([leg], np.array(places, dtype=float), voice)[0].tolist()


def test_beside_a_long_leg_people_hear_up_to_the_half_width_and_no_further():
    reach = VOICE.half_width

    assert heard(line(300), [(150, reach - 2), (150, -reach + 2), (150, reach + 2)]) == [0, 1]


def test_beyond_the_end_of_a_leg_a_van_that_passes_is_heard_too_briefly():
    assert heard(line(300), [(0, 0), (-30, 0), (-60, 0), (360, 0)]) == [0, 1]


def test_at_the_end_of_a_leg_the_last_whole_reading_is_heard():
    assert heard(line(300), [(300, VOICE.half_width - 3)]) == [0]


def test_nobody_beyond_the_half_width_counts_however_long_the_van_dwells():
    assert heard(line(10), [(5, VOICE.half_width + 1)]) == []
    assert heard(line(10), [(5, VOICE.half_width - 1)]) == [0]


def test_people_counted_on_real_streets_lie_within_reach_of_the_line(legs):
    random = np.random.default_rng(4)
    leg = max(legs, key=lambda leg: leg.metres)
    places = leg.points.mean(axis=0) + random.uniform(-300, 300, (400, 2))

    found = heard(leg, places)

    reach = [LineString(leg.points).distance(Point(places[i])) for i in found]
    assert found
    assert max(reach) <= VOICE.half_width
