"""Areas in square kilometres against closed formulas, and areas read back."""

import math

import pytest
from shapely import MultiPolygon, Point, Polygon, box

from warnbroker.targeting.kilometres import distance_km, km2
from warnbroker.targeting.readback import ReadBack

AXIS, ECCENTRICITY = 6378.137, 0.0818191908426
"""Of WGS 84, in kilometres and without unit."""


def cell_km2(south: float, north: float, width: float) -> float:
    """Return the area between two parallels (Snyder 1987, Map Projections, 3-12)."""

    def quantity(latitude: float) -> float:
        sine, e = math.sin(math.radians(latitude)), ECCENTRICITY
        log = math.log((1 - e * sine) / (1 + e * sine)) / (2 * e)
        return (1 - e**2) * (sine / (1 - (e * sine) ** 2) - log)

    return AXIS**2 / 2 * math.radians(width) * (quantity(north) - quantity(south))


@pytest.mark.parametrize(
    ("west", "south", "width", "height"),
    [(24.9, 60.1, 0.05, 0.05), (-0.5, -0.5, 1, 1), (100, 30, 10, 10), (0, 85, 20, 1)],
)
def test_an_area_is_that_of_the_ellipsoid(west, south, width, height):
    area = box(west, south, west + width, south + height)

    assert km2(area) == pytest.approx(cell_km2(south, south + height, width), rel=1e-4)


def test_holes_and_several_parts_count_as_they_should():
    whole, hole = box(0, 0, 2, 2), box(0.5, 0.5, 1, 1)
    holed = Polygon(whole.exterior, [hole.exterior])
    other = box(10, 0, 11, 1)

    assert km2(holed) == pytest.approx(km2(whole) - km2(hole))
    assert km2(MultiPolygon([holed, other])) == pytest.approx(km2(holed) + km2(other))
    assert km2(Polygon()) == 0


def test_a_distance_is_that_on_the_ground():
    here, north = box(24.9, 60.0, 25.0, 60.1), box(24.9, 60.2, 25.0, 60.3)
    east = box(25.1, 60.0, 25.2, 60.1)

    assert distance_km(here, north) == pytest.approx(11.1, rel=0.01)
    assert distance_km(here, east) == pytest.approx(5.56, rel=0.01)
    assert distance_km(here, Point(24.95, 60.05).buffer(0.001)) == 0


def test_what_is_stored_whole_is_the_same_and_what_is_not_is_told_by_its_size():
    ordered, less = box(24.9, 60.1, 25.0, 60.2), box(24.9, 60.1, 24.99, 60.2)
    turned = Polygon(list(ordered.exterior.coords)[::-1])

    assert ReadBack(ordered, ordered).is_same
    assert ReadBack(ordered, turned).is_same
    assert not ReadBack(ordered, less).is_same
    assert ReadBack(ordered, less).difference_km2 == pytest.approx(
        km2(ordered) - km2(less), rel=1e-5
    )
