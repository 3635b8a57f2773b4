"""A flat map of a small part of the earth: degrees to metres and back."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from shapely import transform
from shapely.geometry.base import BaseGeometry

Points = NDArray[np.float64]
"""An array of shape (n, 2): x and y in metres, or longitude and latitude in degrees."""

_AXIS = 6378137.0
_ECCENTRICITY_SQUARED = 0.00669437999014


@dataclass(frozen=True, slots=True)
class Projection:
    """A local map in metres around one point; within 20 km it is true to about 0.2 %.

    One degree is as long as on the WGS 84 ellipsoid at that point (radii of curvature
    in the meridian and in the prime vertical).
    """

    lon: float
    lat: float

    def to_metres(self, degrees: Points) -> Points:
        """Turn longitudes and latitudes into metres east and north of the middle."""
        return (degrees - (self.lon, self.lat)) * self._scale()

    def to_degrees(self, metres: Points) -> Points:
        """Turn metres back into longitudes and latitudes."""
        return metres / self._scale() + (self.lon, self.lat)

    def flatten(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return a geometry in metres that was given in degrees."""
        return transform(geometry, self.to_metres)

    def _scale(self) -> tuple[float, float]:
        latitude = math.radians(self.lat)
        bend = 1 - _ECCENTRICITY_SQUARED * math.sin(latitude) ** 2
        meridian = _AXIS * (1 - _ECCENTRICITY_SQUARED) / bend**1.5
        vertical = _AXIS / math.sqrt(bend) * math.cos(latitude)
        return math.radians(vertical), math.radians(meridian)


def length(points: Points) -> float:
    """Return the length of a line in metres."""
    steps = np.diff(points, axis=0)
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


def cut(points: Points, pieces: int) -> list[Points]:
    """Cut a line into pieces of equal length."""
    steps = np.diff(points, axis=0)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
    marks = np.linspace(0.0, along[-1], pieces + 1)
    ends = np.column_stack([np.interp(marks, along, points[:, axis]) for axis in (0, 1)])
    inner = [points[(along > low) & (along < high)] for low, high in pairwise(marks)]
    return [np.vstack([ends[i], part, ends[i + 1]]) for i, part in enumerate(inner)]


def bearing(points: Points, *, at_end: bool, reach: float = 15.0) -> float:
    """Return where a line heads at its start or end, in degrees clockwise from north.

    It is judged over the first or last ``reach`` metres, since the last few
    centimetres before a junction are often drawn askew.
    """
    line = points[::-1] if at_end else points
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    mark = min(reach, along[-1])
    far = np.array([np.interp(mark, along, line[:, axis]) for axis in (0, 1)])
    east, north = (line[0] - far) if at_end else (far - line[0])
    return math.degrees(math.atan2(east, north)) % 360


def turn_angle(before: float, after: float) -> float:
    """Return the change of heading in degrees, from -180 (left) to 180 (right)."""
    return (after - before + 180) % 360 - 180
