"""Measure geometries of longitude and latitude in kilometres."""

import math

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

KM_PER_DEGREE = 111.195
"""Of latitude, on a sphere of 6,371.0088 km (the mean radius of the Earth, IUGG)."""

STEP_DEGREES = 0.1


def km2(geometry: BaseGeometry) -> float:
    """Return the area of a geometry on WGS 84, in square kilometres.

    Edges are straight in longitude and latitude; they are cut into steps so short that the
    geodesics between their ends, along which the area is summed (Karney 2013, "Algorithms
    for geodesics", section 6), are the same.
    """
    if geometry.is_empty:
        return 0.0
    from pyproj import Geod

    globe = Geod(ellps="WGS84")
    stepped = shapely.segmentize(geometry, STEP_DEGREES)
    rings = [
        (ring, sign)
        for part in shapely.get_parts(stepped)
        if isinstance(part, shapely.Polygon)
        for ring, sign in ((part.exterior, 1), *((hole, -1) for hole in part.interiors))
    ]
    areas = (sign * abs(globe.geometry_area_perimeter(ring)[0]) for ring, sign in rings)
    return sum(areas) / 1e6


def distance_km(one: BaseGeometry, other: BaseGeometry) -> float:
    """Return how far two geometries are apart, in kilometres; 0 where they touch.

    On a plane around the first, with longitudes shortened by the cosine of its latitude:
    right to about one per cent up to 100 km.
    """
    _, south, _, north = one.bounds
    shortened = math.cos(math.radians((south + north) / 2))
    scale = np.array([shortened, 1.0]) * KM_PER_DEGREE
    flat = (shapely.transform(item, lambda points: points * scale) for item in (one, other))
    return float(shapely.distance(*flat))
