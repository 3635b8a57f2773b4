"""A CAP circle as a polygon that leaves nobody out."""

from functools import cache
from math import cos, pi
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon, box, intersection, union_all
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from warnbroker.model.alert import Circle

if TYPE_CHECKING:
    from pyproj import Geod

VERTICES = 180
POLE_LIMIT = 89
"""Degrees of latitude past which meridians run together too fast for straight edges."""

SMALLEST_RADIUS = 0.001
"""Kilometres; below it the ellipsoid's arithmetic is no longer exact enough."""

_SAMPLES = 8
_SLACK = 1e-5
# A degree of latitude is never shorter (at the equator: 110.57 km).
_KILOMETRES_PER_DEGREE = 110.5

Floats = NDArray[np.float64]


def reaches_pole(circle: Circle) -> bool:
    """Say whether a circle comes nearer to a pole than can be drawn."""
    return abs(circle.center[0]) + circle.radius / _KILOMETRES_PER_DEGREE > POLE_LIMIT


def circle_polygon(circle: Circle) -> BaseGeometry:
    """Return a polygon of 180 edges around a geodesic circle on WGS 84 (longitude, latitude).

    The circle must not reach a pole and must measure at least ``SMALLEST_RADIUS``. Edges lie
    outside it, corners by 0.02 % of the radius for a city, by less than 0.05 % up to
    2,000 km and 70° of latitude. What crosses the antimeridian is cut there.
    """
    scale = 1 / cos(pi / VERTICES)
    ring = _ring(circle, scale)
    while (shortfall := circle.radius * 1000 / _nearest_edge(circle, ring)) > 1:
        # An edge that is straight in degrees may cut into the circle; push all of them out.
        scale *= shortfall + _SLACK
        ring = _ring(circle, scale)
    return _cut_at_antimeridian(Polygon(ring))


@cache
def _ellipsoid() -> "Geod":
    # Pyproj takes a tenth of a second to import, and few alerts have circles.
    from pyproj import Geod

    return Geod(ellps="WGS84")


def _ring(circle: Circle, scale: float) -> Floats:
    """Return the corners, with longitudes that run on past ±180°."""
    latitude, longitude = circle.center
    azimuths = np.linspace(0, 360, VERTICES, endpoint=False)
    start = np.full(VERTICES, longitude), np.full(VERTICES, latitude)
    distances = np.full(VERTICES, circle.radius * 1000 * scale)
    longitudes, latitudes, _ = _ellipsoid().fwd(*start, azimuths, distances)
    unwrapped = longitude + (np.asarray(longitudes) - longitude + 180) % 360 - 180
    return np.column_stack([unwrapped, latitudes])


def _nearest_edge(circle: Circle, ring: Floats) -> float:
    """Return the least distance in metres from the centre to sampled points of the edges."""
    following = np.roll(ring, -1, axis=0)
    steps = np.linspace(0, 1, _SAMPLES, endpoint=False)[:, None, None]
    points = (ring + (following - ring) * steps).reshape(-1, 2)
    latitude, longitude = circle.center
    center = np.full(len(points), longitude), np.full(len(points), latitude)
    _, _, distances = _ellipsoid().inv(*center, points[:, 0], points[:, 1])
    return float(np.min(distances)) / (1 + _SLACK)


def _cut_at_antimeridian(polygon: Polygon) -> BaseGeometry:
    west, _, east, _ = polygon.bounds
    if west >= -180 and east <= 180:
        return polygon
    worlds = [(0, polygon)]
    if west < -180:
        worlds.append((360, polygon))
    if east > 180:
        worlds.append((-360, polygon))
    world = box(-180, -90, 180, 90)
    return union_all([intersection(translate(part, shift), world) for shift, part in worlds])
