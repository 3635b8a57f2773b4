from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from warnbroker.targeting import cell_of, cells_of, contains, cover

WORLD = box(-180, -90, 180, 90)
LAST = (1 << 52) - 1


def morton(lat, lon):
    """Compute a cell bit by bit, by halving the world."""
    south, north, west, east, code = -90.0, 90.0, -180.0, 180.0, 0
    for _ in range(26):
        middle_lat, middle_lon = (south + north) / 2, (west + east) / 2
        up, right = lat >= middle_lat, lon >= middle_lon
        south, north = (middle_lat, north) if up else (south, middle_lat)
        west, east = (middle_lon, east) if right else (west, middle_lon)
        code = code << 2 | up << 1 | right
    return code


def held(ranges, cells):
    """Return for each cell the position of its range, or -1."""
    lows = np.array([item.low for item in ranges])
    highs = np.array([item.high for item in ranges])
    found = np.searchsorted(lows, cells, side="right") - 1
    return np.where((found >= 0) & (cells <= highs[found]), found, -1)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_cell_is_what_halving_the_world_gives(lat, lon):
    # Half a millimetre from the edges of cells, where rounding decides.
    lat, lon = round(lat, 6) + 4.9e-7 * (lat < 89), round(lon, 6) + 4.9e-7 * (lon < 179)

    assert cell_of(lat, lon) == morton(lat, lon)


def test_the_corners_of_the_world_are_the_first_and_the_last_cell():
    assert cell_of(-90, -180) == 0
    assert cell_of(90, 180) == LAST < 2**63


def test_many_points_get_the_cells_that_each_gets():
    random = np.random.default_rng(1)
    lats, lons = random.uniform(-90, 90, 100), random.uniform(-180, 180, 100)

    assert cells_of(lats, lons).dtype == np.int64
    assert cells_of(lats, lons).tolist() == list(map(cell_of, lats, lons))


@pytest.mark.parametrize(("lat", "lon"), [(90.1, 0), (0, 180.1), (float("nan"), 0)])
def test_a_point_off_the_earth_has_no_cell(lat, lon):
    with pytest.raises(ValueError, match="within"):
        cell_of(lat, lon)


def test_the_boundary_is_inside():
    square = box(113, 22, 114, 23)
    lats, lons = np.array([22, 22.5, 23, 21.999]), np.array([113, 113.5, 114, 113.5])

    assert contains(square, lats, lons).tolist() == [True, True, True, False]


def test_nothing_is_covered_by_nothing():
    assert cover(Polygon()) == []


def test_the_world_is_one_range_whatever_the_limit():
    assert [(item.low, item.high) for item in cover(WORLD, 1)] == [(0, LAST)]


def star(center, size, spikes, random):
    angles = np.sort(random.uniform(0, 2 * np.pi, spikes))
    reach = size * random.uniform(0.2, 1, spikes)
    return np.column_stack(
        [center[0] + reach * np.cos(angles), center[1] + reach * np.sin(angles) / 2]
    )


def shape(kind, size, seed):
    """Return a concave polygon, one with a hole, several apart, or a sliver."""
    random = np.random.default_rng(seed)
    center = random.uniform(-170 + size, 170 - size), random.uniform(-85 + size / 2, 85 - size / 2)
    outline = Polygon(star(center, size, 12, random)).buffer(0)
    if kind == "hole":
        outline = outline - Point(outline.representative_point()).buffer(size / 10)
    if kind == "several":
        others = [
            Polygon(star((center[0] + size * step, center[1]), size / 3, 7, random)).buffer(0)
            for step in (-0.9, 0.9)
        ]
        outline = MultiPolygon([part for whole in (outline, *others) for part in parts(whole)])
        outline = outline.buffer(0)
    if kind == "sliver":
        outline = outline & box(-180, center[1], 180, center[1] + size / 1e4)
    return outline & WORLD


def parts(geometry):
    return getattr(geometry, "geoms", [geometry])


def points_in(outline, random):
    """Return points of the geometry, its corners among them, and points around it."""
    west, south, east, north = outline.bounds
    corners = shapely.get_coordinates(outline)[:200]
    wide, high = (east - west) * 0.6 + 1e-9, (north - south) * 0.6 + 1e-9
    lons = random.uniform((west + east) / 2 - wide, (west + east) / 2 + wide, 2000)
    lats = random.uniform((south + north) / 2 - high, (south + north) / 2 + high, 2000)
    lons, lats = np.r_[corners[:, 0], lons], np.r_[corners[:, 1], lats]
    on_earth = (np.abs(lats) <= 90) & (np.abs(lons) <= 180)
    return lats[on_earth], lons[on_earth]


@settings(deadline=None, max_examples=80)
@given(
    kind=st.sampled_from(["concave", "hole", "several", "sliver"]),
    size=st.floats(-6, 2).map(lambda exponent: 10**exponent),
    seed=st.integers(0, 2**32),
    max_ranges=st.sampled_from([1, 8, 64, 256, 1000]),
)
def test_every_point_of_a_geometry_is_in_a_range_and_inside_ranges_hold_no_other(
    kind, size, seed, max_ranges
):
    outline = shape(kind, size, seed)
    if outline.is_empty:
        return

    ranges = cover(outline, max_ranges)

    assert len(ranges) <= max_ranges
    assert all(item.low <= item.high for item in ranges)
    assert all(
        a.high + 1 < b.low or (a.high + 1 == b.low and a.inside != b.inside)
        for a, b in pairwise(ranges)
    )
    lats, lons = points_in(outline, np.random.default_rng(seed))
    truth = np.array([outline.intersects(Point(x, y)) for x, y in zip(lons, lats, strict=True)])
    found = held(ranges, cells_of(lats, lons))
    surely = np.array([item.inside for item in ranges])[found] & (found >= 0)
    assert (contains(outline, lats, lons) == truth).all()
    assert (found[truth] >= 0).all()
    assert truth[surely].all()


def test_more_ranges_leave_less_to_the_exact_test():
    circle = Point(113.5, 22.5).buffer(0.3)

    def doubtful(max_ranges):
        ranges = cover(circle, max_ranges)
        return sum(item.high - item.low + 1 for item in ranges if not item.inside)

    assert doubtful(16) > doubtful(64) > doubtful(256) > 0


def test_a_tiny_area_has_few_cells():
    tiny = box(113.5, 22.5, 113.50001, 22.50001)

    assert sum(item.high - item.low + 1 for item in cover(tiny)) <= 40
