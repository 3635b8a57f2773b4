"""An independent check of the demo's plan: its routes are driven again on the map, by other code.

Nothing here comes from the planner but the finished plan: roads are read from the file anew,
distances are measured on a UTM map, and who hears is found by moving a van along its way.
"""

from collections import defaultdict
from csv import DictReader
from itertools import pairwise

import numpy as np
import osmium
import pytest
from pyproj import Transformer
from scipy.spatial import cKDTree
from shapely import Point
from shapely.geometry import LineString

from channels.van.voice import reading_seconds

UTM = Transformer.from_crs("EPSG:4326", "EPSG:32635", always_xy=True)
NO_ROAD = {"footway", "cycleway", "steps", "pedestrian", "path", "construction"}


def metres(line):
    """Turn longitudes and latitudes into metres; the map's own scale (about 1.0004) is undone."""
    east, north = UTM.transform(*np.array(line, dtype=float).T)
    return np.column_stack([east, north])


class Ground:
    """The road file as one edge per pair of neighbouring nodes, with the tags of its way."""

    def __init__(self, path):
        self.edges = defaultdict(list)
        self.rules = []
        spots = {}
        for thing in osmium.FileProcessor(path).with_locations():
            if thing.is_way() and "highway" in thing.tags:
                self._add(thing, spots)
            elif thing.is_relation() and thing.tags.get("restriction", "").startswith("no_"):
                role = {member.role: member.ref for member in thing.members}
                if "emergency" not in thing.tags.get("except", ""):
                    self.rules.append((role.get("from"), role.get("via"), role.get("to")))
        self.ids = list(spots)
        self.tree = cKDTree(metres([spots[node] for node in self.ids]))

    def _add(self, way, spots):
        tags = {**dict(way.tags), "way": way.id}
        nodes = [node for node in way.nodes if node.location.valid()]
        spots.update({node.ref: (node.location.lon, node.location.lat) for node in nodes})
        for a, b in pairwise(node.ref for node in nodes):
            if tags.get("oneway") != "-1":
                self.edges[a, b].append(tags)
            if tags.get("oneway") not in {"yes", "1", "true"} and "junction" not in tags:
                self.edges[b, a].append(tags)

    def nodes(self, line):
        """Return the nodes of a line; a spot that is none (a cut in a long road) is None."""
        away, index = self.tree.query(metres(line))
        return [self.ids[i] if d < 0.5 else None for d, i in zip(away, index, strict=True)]


@pytest.fixture(scope="module")
def ground(request_):
    return Ground(request_.roads)


@pytest.fixture(scope="module")
def people(request_):
    with request_.population.open() as file:
        rows = [(float(r["lon"]), float(r["lat"]), float(r["people"])) for r in DictReader(file)]
    inside = [row for row in rows if request_.area.contains(Point(row[:2]))]
    return metres([row[:2] for row in inside]), np.array([row[2] for row in inside])


def ways(ground, line):
    """Return the tags of each step of a line, or fail where no road leads that way."""
    found = []
    for a, b in pairwise(node for node in ground.nodes(line) if node is not None):
        choices = [tags for tags in ground.edges[a, b] if tags["highway"] not in NO_ROAD]
        assert choices, f"no road from node {a} to {b}, or it is one-way against the van"
        found.append(choices[0])
    return found


def test_every_metre_is_a_road_and_no_one_way_street_is_driven_against(plan, ground):
    assert sum(len(ways(ground, row.line)) for van in plan.vans for row in van.rows) > 100


def test_the_check_itself_sees_a_van_that_drives_against_a_one_way_street(plan, ground):
    backwards = [row.line[::-1] for van in plan.vans for row in van.rows]

    with pytest.raises(AssertionError, match="one-way"):
        _ = [ways(ground, line) for line in backwards]


def test_each_row_begins_where_the_one_before_it_ended(plan):
    for van in plan.vans:
        assert all(a.line[-1] == b.line[0] for a, b in pairwise(van.rows))


def test_no_closed_road_is_driven_and_no_tunnel_announced(plan, ground):
    for row in (row for van in plan.vans for row in van.rows):
        for tags in ways(ground, row.line):
            assert tags.get("access") not in {"private", "no"}
            assert tags.get("motor_vehicle") not in {"private", "no"}
            if row.number is not None:
                assert tags.get("tunnel", "no") == "no"
                assert not tags["highway"].startswith("motorway")
                assert not tags.get("layer", "0").startswith("-")


def test_no_forbidden_turn_is_taken(plan, ground):
    taken = set()
    for van in plan.vans:
        nodes = [n for row in van.rows for n in ground.nodes(row.line) if n is not None]
        steps = [(a, b) for a, b in pairwise(nodes) if a != b]
        for (a, via), (_, b) in pairwise(steps):
            for before in ground.edges[a, via]:
                taken |= {(before["way"], via, after["way"]) for after in ground.edges[via, b]}

    assert ground.rules
    assert not taken & set(ground.rules)


def test_times_rise_and_no_van_is_faster_than_a_street_allows(plan):
    for van in plan.vans:
        moments = [plan.start, *(m for row in van.rows for m in (row.begin, row.end))]
        assert moments == sorted(moments)
        for row in van.rows:
            seconds = (row.end - row.begin).total_seconds()
            metres_driven = LineString(metres(row.line)).length
            limit = van.kmh if row.number is not None and len(row.legs) == 1 else 50
            assert metres_driven <= (seconds + 2) * limit / 3.6


def test_every_leg_ends_before_the_deadline_and_lasts_one_reading(plan):
    for van in plan.vans:
        cycle = sum(reading_seconds(plan.briefing.scripts[tag]) for tag in van.languages)
        for leg in (leg for row in van.rows for leg in row.legs):
            assert leg.end <= min(plan.deadline, van.stop)
            assert (leg.end - leg.begin).total_seconds() >= max(cycle, 45) - 1


def hearers(van, leg, places, needs):
    """Move the van along a leg in steps of half a second, and return who hears a whole message."""
    line = LineString(metres(leg.line))
    seconds = (leg.end - leg.begin).total_seconds()
    times = np.arange(0.25, seconds, 0.5)
    spots = np.array([line.interpolate(t / seconds, normalized=True).coords[0] for t in times])
    inside = cKDTree(places).query_ball_point(spots, van.van.audible_radius_m)
    audible = np.zeros((len(places), len(times)), dtype=bool)
    for moment, found in enumerate(inside):
        audible[found, moment] = True
    near = np.array([line.distance(Point(place)) for place in places]) <= van.half_width
    return near & np.array([hears(row, *needs) for row in audible])


def hears(audible, cycle, exposure):
    """Say whether someone heard enough: half seconds in range, in one piece."""
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], audible, [0]]))))[::2] / 2
    longest = max(runs, default=0)
    first = audible.argmin() / 2 if not audible.all() else len(audible) / 2
    last = audible[::-1].argmin() / 2 if not audible.all() else len(audible) / 2
    return longest >= exposure or max(first, last) >= cycle


def test_the_people_counted_are_those_who_hear_a_van_that_drives_so(plan, people):
    places, numbers = people
    heard = np.zeros(len(places), dtype=bool)
    for van in plan.vans:
        readings = [reading_seconds(plan.briefing.scripts[tag]) for tag in van.languages]
        needs = sum(readings), sum(readings) + max(readings)
        for leg in (leg for row in van.rows for leg in row.legs):
            heard |= hearers(van, leg, places, needs)

    assert plan.total == numbers.sum()
    assert plan.reached == pytest.approx(numbers[heard].sum(), rel=0.02)


def test_each_person_counts_once(plan, people):
    _, numbers = people
    rows = sum(leg.people for van in plan.vans for row in van.rows for leg in row.legs)

    assert rows == pytest.approx(plan.reached)
    assert sum(van.people for van in plan.vans) == pytest.approx(plan.reached)
    assert plan.reached <= plan.reachable <= plan.total == numbers.sum()


def test_the_demo_reaches_nearly_everyone_in_time(plan):
    assert plan.reached >= 0.95 * plan.total
