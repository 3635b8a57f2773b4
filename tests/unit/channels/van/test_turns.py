"""Directions that a driver can follow at night."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from channels.van import words
from channels.van.legs import make_legs
from channels.van.model import Turn
from channels.van.roads import read_network
from channels.van.turns import Directions, Step

BOX = (24.5, 60.0, 25.5, 60.5)
START = datetime(2026, 11, 23, 0, 10, tzinfo=UTC)


def named(name, **tags):
    return {"highway": "residential", "name": name, **tags}


def drive(network, stops, announced=()):
    """Return steps along arcs from stop to stop, ten seconds each; some streets are announced."""
    found = []
    for number, (a, b) in enumerate(pairwise(stops)):
        arc = next(i for i, arc in enumerate(network.arcs) if (arc.start, arc.end) == (a, b))
        loud = network.arcs[arc].name in announced
        leg = announced.index(network.arcs[arc].name) if loud else None
        found.append(Step(arc, leg, number * 10.0, number * 10.0 + 10, loud))
    return found


def rows(network, stops, announced=()):
    return Directions(network, START, lambda leg: 100.0 + leg).rows(
        drive(network, stops, announced)
    )


ANGLES = {
    "n": ((0, 100), Turn.STRAIGHT),
    "a": ((80, 80), Turn.BEAR_RIGHT),
    "e": ((100, 0), Turn.RIGHT),
    "b": ((80, -80), Turn.SHARP_RIGHT),
    "w": ((-100, 0), Turn.LEFT),
    "c": ((-80, -80), Turn.SHARP_LEFT),
    "d": ((-80, 80), Turn.BEAR_LEFT),
}


@pytest.mark.parametrize("way", ANGLES)
def test_a_turn_is_worded_by_its_angle(town, way):
    nodes = {"s": (0, -100), "m": (0, 0), **{name: spot for name, (spot, _) in ANGLES.items()}}
    ways = [("sm", named("From")), *(("m" + name, named(name)) for name in ANGLES)]
    network = read_network(town(nodes, ways), BOX)

    (row,) = rows(network, [1, 2, list(nodes).index(way) + 1])

    assert [move.turn for move in row.moves] == [Turn.START, ANGLES[way][1]]


def test_turning_round_is_said(town):
    network = read_network(town({"a": (0, 0), "b": (200, 0)}, [("ab", named("A"))]), BOX)

    (row,) = rows(network, [1, 2, 1])

    assert row.moves[-1].turn is Turn.U_TURN


def test_a_roundabout_is_worded_by_its_exit(town):
    nodes = {"s": (0, -100), "1": (0, -20), "2": (20, 0), "3": (0, 20), "4": (-20, 0)}
    nodes |= {"e": (100, 0), "n": (0, 100), "w": (-100, 0)}
    ring = {"highway": "residential", "junction": "roundabout"}
    ways = [("12341", ring), ("s1", named("S")), ("2e", named("E")), ("3n", named("N"))]
    network = read_network(town(nodes, [*ways, ("4w", named("W"))]), BOX)

    (row,) = rows(network, [1, 2, 3, 4, 7])

    assert (row.moves[-1].turn, row.moves[-1].exit, row.moves[-1].street) == (
        Turn.ROUNDABOUT,
        2,
        "N",
    )
    assert words.turn(row.moves[-1]) == ("环岛第2出口", "roundabout, exit 2")


CHAIN = {"a": (0, 0), "b": (100, 0), "c": (200, 0), "d": (200, 100), "x": (100, 50)}
STREETS = [("abc", named("Long")), ("cd", named("Side")), ("bx", named("Cross"))]


def test_one_street_is_one_line_though_it_passes_junctions(town):
    network = read_network(town(CHAIN, STREETS), BOX)

    (row,) = rows(network, [1, 2, 3, 4])

    assert [move.street for move in row.moves] == ["Long", "Side"]
    assert [move.metres for move in row.moves] == pytest.approx([200, 100], rel=0.01)


def test_announced_streets_are_numbered_and_silent_ones_are_not(town):
    network = read_network(town(CHAIN, STREETS), BOX)

    found = rows(network, [1, 2, 3, 4], announced=("Side",))

    assert [(row.number, row.people) for row in found] == [(None, 0), (1, 100)]


def test_an_announced_street_runs_from_crossing_to_crossing(town):
    network = read_network(town(CHAIN, STREETS), BOX)

    row = rows(network, [2, 3, 4], announced=("Long",))[0]

    assert (row.origin, row.target) == ("Cross", "Side")
    assert words.stretch(row) == "Cross → Side"


def test_times_are_those_of_the_steps(town):
    network = read_network(town(CHAIN, STREETS), BOX)

    found = rows(network, [1, 2, 3, 4], announced=("Side",))

    assert [row.begin - START for row in found] == [timedelta(), timedelta(seconds=20)]
    assert found[-1].end - START == timedelta(seconds=30)


def test_an_unnamed_road_is_described_by_its_kind(town):
    network = read_network(town({"a": (0, 0), "b": (90, 0)}, [("ab", {"highway": "service"})]), BOX)

    (row,) = rows(network, [1, 2])

    road = words.street(row.moves[0].street, row.moves[0].highway)
    assert road == ("无名便道", "service road")


def test_a_short_silent_gap_in_one_street_does_not_break_its_line(town):
    nodes = {name: (i * 50, 0) for i, name in enumerate("abcd")} | {"x": (50, 40), "y": (100, 40)}
    ways = [("abcd", named("Long")), ("bx", named("X")), ("cy", named("Y"))]
    network = read_network(town(nodes, ways), BOX)
    arcs = [next(i for i, a in enumerate(network.arcs) if (a.start, a.end) == e)
            for e in ((1, 2), (2, 3), (3, 4))]  # fmt: skip
    steps = [
        Step(arcs[0], 0, 0, 10, True),
        Step(arcs[1], None, 10, 15, False),
        Step(arcs[2], 1, 15, 25, True),
    ]

    (row,) = Directions(network, START, lambda leg: 10.0).rows(steps)

    assert (row.number, len(row.legs), row.people) == (1, 2, 20)


def test_every_leg_of_a_town_can_be_worded(town):
    network = read_network(town(CHAIN, STREETS), BOX)
    legs = make_legs(network)

    for number, leg in enumerate(legs):
        steps = [Step(arc, number, i, i + 1, True) for i, arc in enumerate(leg.arcs)]
        (row,) = Directions(network, START, lambda leg: 1.0).rows(steps)
        ends = network.projection.to_metres(np.array(row.line))[[0, -1]]
        assert ends == pytest.approx(leg.points[[0, -1]], abs=0.2)
