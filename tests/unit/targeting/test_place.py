import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import box, equals, get_coordinates, intersects_xy, is_valid

from warnbroker.errors import AlertError
from warnbroker.model.alert import Area, Circle, NamedValue
from warnbroker.model.region import Region
from warnbroker.targeting import RegionTree, place
from warnbroker.targeting.circle import circle_polygon, reaches_pole

NOWHERE = RegionTree([])
EARTH = Geod(ellps="WGS84")
SQUARE = ((22.25, 113.25), (22.25, 113.75), (22.75, 113.75), (22.75, 113.25), (22.25, 113.25))


def faults_of(area, tree):
    with pytest.raises(AlertError) as caught:
        place(area, tree)
    return [(fault.rule, fault.path) for fault in caught.value.faults]


def test_a_polygon_is_placed_with_longitude_first(tree):
    assert equals(place(Area("", polygons=(SQUARE,)), tree), box(113.25, 22.25, 113.75, 22.75))


def test_an_area_is_the_union_of_its_parts(tree):
    parts = Area(
        "",
        polygons=(SQUARE,),
        circles=(Circle((22.5, 114.5), 10),),
        geocodes=(NamedValue("SAME", "001001"), NamedValue("code", "town")),
    )

    whole = place(parts, tree)

    # A tenth of a degree of latitude is a little more than 11 km.
    assert equals(whole - box(114, 22, 115, 23), box(113, 22, 114, 23))
    assert whole.covers(box(114.45, 22.45, 114.55, 22.55))
    assert not whole.intersects(box(114.5, 22.6, 114.6, 22.7))


def test_an_unknown_code_of_a_known_system_is_refused_though_a_polygon_is_there(tree):
    codes = (NamedValue("SAME", "001001"), NamedValue("same", "009999"), NamedValue("code", "x"))
    area = Area("", polygons=(SQUARE,), geocodes=codes)

    assert faults_of(area, tree) == [
        ("area.geocode.unknown", "geocode[1]"),
        ("area.geocode.unknown", "geocode[2]"),
    ]


def test_a_code_of_a_foreign_system_counts_only_beside_something_else(tree):
    foreign = NamedValue("UGC", "FLZ001")

    whole = place(Area("", polygons=(SQUARE,), geocodes=(foreign,)), tree)

    assert equals(whole, place(Area("", polygons=(SQUARE,)), tree))
    assert faults_of(Area("", geocodes=(foreign,)), tree) == [("area.unplaced", "")]


def test_what_reaches_nobody_is_not_placed(tree):
    assert faults_of(Area(""), tree) == [("area.unplaced", "")]
    assert faults_of(Area("", circles=(Circle((22.5, 113.5), 0),)), tree) == [("area.unplaced", "")]


def test_an_area_outside_all_regions_is_refused(tree):
    north = tuple((latitude + 1, longitude) for latitude, longitude in SQUARE)

    assert faults_of(Area("", polygons=(north,)), tree) == [("area.outside", "")]
    assert place(Area("", polygons=(north,)), NOWHERE).area > 0


def test_swapped_coordinates_are_named_as_such():
    tree = RegionTree([Region("helsinki", {}, box(24.5, 60, 25.5, 61))])
    swapped = ((24.9, 60.1), (24.9, 60.2), (25.1, 60.2), (24.9, 60.1))

    with pytest.raises(AlertError, match="look swapped, latitude comes first"):
        place(Area("", polygons=(swapped,)), tree)


def test_all_faulty_parts_are_named_at_once(tree):
    bow_tie = ((22, 113), (23, 114), (22, 114), (23, 113), (22, 113))
    wide = ((0, -170), (0, 170), (10, 170), (0, -170))
    area = Area(
        "",
        polygons=(SQUARE, SQUARE[:-1], bow_tie, wide),
        circles=(Circle((22, 113), -1), Circle((88, 0), 200), Circle((22, 113), 0.0005)),
        geocodes=(NamedValue("SAME", "7"),),
    )

    assert faults_of(area, tree) == [
        ("area.polygon.invalid", "polygon[1]"),
        ("area.polygon.invalid", "polygon[2]"),
        ("area.polygon.antimeridian", "polygon[3]"),
        ("area.circle.invalid", "circle[0]"),
        ("area.circle.pole", "circle[1]"),
        ("area.circle.invalid", "circle[2]"),
        ("area.geocode.unknown", "geocode[0]"),
    ]


def test_a_small_circle_is_placed(tree):
    whole = place(Area("", circles=(Circle((22.5, 113.5), 0.1),)), tree)

    assert 0.19 / 111 < whole.bounds[3] - whole.bounds[1] < 0.21 / 110


def test_the_order_of_the_parts_does_not_change_the_place_by_a_bit(tree):
    circles = tuple(Circle((22.5, 113.2 + step / 10), 9) for step in range(6))

    there = place(Area("", polygons=(SQUARE,), circles=circles), tree)
    back = place(Area("", polygons=(SQUARE,), circles=circles[::-1] + circles), tree)

    assert there.wkb == back.wkb


centers = st.tuples(st.floats(-88.9, 88.9), st.floats(-180, 180))
radii = st.floats(-3, 4).map(lambda exponent: 10**exponent)


@settings(deadline=None, max_examples=60)
@given(st.builds(Circle, centers, radii), st.integers(0, 2**32))
@example(Circle((17.0, 179.9), 300.0), 1)
@example(Circle((-17.0, -180.0), 300.0), 1)
@example(Circle((80.0, 10.0), 990.0), 1)
@example(Circle((0.0, 0.0), 9800.0), 1)
def test_nobody_within_a_circle_is_outside_its_polygon(circle, seed):
    if reaches_pole(circle):
        return

    polygon = circle_polygon(circle)

    random = np.random.default_rng(seed)
    metres = circle.radius * 1000 * np.r_[np.ones(300), random.uniform(0, 1, 100)]
    latitude, longitude = (np.full(400, degrees) for degrees in circle.center)
    lons, lats, _ = EARTH.fwd(longitude, latitude, random.uniform(0, 360, 400), metres)
    assert is_valid(polygon)
    assert intersects_xy(polygon, lons, lats).all()
    assert np.abs(get_coordinates(polygon)[:, 0]).max() <= 180


@pytest.mark.parametrize("center", [(0, 0), (22.5, 113.5), (60, 25), (-70, 179.99)])
@pytest.mark.parametrize("radius", [0.01, 1, 50, 1000])
def test_a_circles_polygon_is_hardly_wider_than_the_circle(center, radius):
    corners = get_coordinates(circle_polygon(Circle(center, radius)))
    # The cut at the antimeridian adds corners inside the circle.
    latitude, longitude = (np.full(len(corners), degrees) for degrees in center)

    _, _, metres = EARTH.inv(longitude, latitude, corners[:, 0], corners[:, 1])

    assert metres.max() < radius * 1000 * 1.0005
