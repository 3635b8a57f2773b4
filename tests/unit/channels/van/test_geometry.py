"""Degrees to metres and back."""

import numpy as np
import pytest
from pyproj import Geod

from channels.van.geometry import Projection, bearing, cut, length, turn_angle


@pytest.mark.parametrize("lat", [-33.0, 1.3, 39.9, 60.17])
def test_distances_agree_with_the_ellipsoid_within_two_in_a_thousand(lat):
    projection = Projection(24.94, lat)
    ends = np.array([[24.90, lat - 0.03], [25.0, lat + 0.05]])

    flat = length(projection.to_metres(ends))

    true = Geod(ellps="WGS84").line_length(ends[:, 0], ends[:, 1])
    assert flat == pytest.approx(true, rel=2e-3)


def test_a_point_comes_back_from_metres_where_it_was():
    projection = Projection(24.94, 60.17)
    spots = np.array([[24.95, 60.16], [24.93, 60.18]])

    assert projection.to_degrees(projection.to_metres(spots)) == pytest.approx(spots)


def test_a_cut_line_keeps_its_corners_and_its_length():
    line = np.array([[0.0, 0], [100, 0], [100, 200]])

    pieces = cut(line, 4)

    assert [length(piece) for piece in pieces] == pytest.approx([75, 75, 75, 75])
    assert [100, 0] in pieces[1].tolist()


def test_a_crooked_last_metre_does_not_turn_the_heading_round():
    line = np.array([[0.0, 0], [0, 100], [0.5, 99.6]])

    assert bearing(line, at_end=True) == pytest.approx(0, abs=8)


@pytest.mark.parametrize(
    ("before", "after", "turn"), [(350, 20, 30), (20, 350, -30), (90, 180, 90), (0, 270, -90)]
)
def test_a_turn_is_negative_to_the_left_and_takes_the_short_way(before, after, turn):
    assert turn_angle(before, after) == turn
