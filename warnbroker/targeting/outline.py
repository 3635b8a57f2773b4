"""A GeoJSON Polygon or MultiPolygon (RFC 7946) to a geometry, with faults in plain words."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, is_valid_reason
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]


def read_outline(raw: object) -> BaseGeometry:
    """Read the geometry of a feature; heights are dropped.

    Raises:
        ValueError: it is no valid polygon on Earth; the text says what to correct.
    """
    if not isinstance(raw, Mapping) or raw.get("type") not in {"Polygon", "MultiPolygon"}:
        raise ValueError("the geometry must be a Polygon or a MultiPolygon")
    coordinates = raw.get("coordinates")
    parts = [coordinates] if raw["type"] == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts:
        raise ValueError("the geometry has no coordinates")
    polygons = [_polygon(part) for part in parts]
    whole = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
    reason = is_valid_reason(whole)
    if reason != "Valid Geometry":
        raise ValueError(f"the outline is not valid ({reason}, longitude before latitude)")
    return whole


def _polygon(rings: Any) -> Polygon:
    if not isinstance(rings, list) or not rings:
        raise ValueError("a polygon needs a list of rings")
    outer, *holes = [_ring(ring) for ring in rings]
    return Polygon(outer, holes)


def _ring(raw: Any) -> Floats:
    try:
        points = np.array(raw, dtype=np.float64)
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.ndim != 2 or points.shape[1] not in {2, 3} or not np.isfinite(points).all():
        raise ValueError("a ring must be a list of [longitude, latitude]")
    points = points[:, :2]
    if len(points) < 4 or not np.array_equal(points[0], points[-1]):
        raise ValueError("a ring needs at least 4 positions, the last equal to the first")
    if not _on_earth(points):
        swapped = _on_earth(points[:, ::-1])
        hint = "latitude and longitude look swapped" if swapped else "longitude comes first"
        raise ValueError(f"a position is not on Earth; {hint}")
    return points


def _on_earth(points: Floats) -> bool:
    return bool(np.all(np.abs(points) <= (180, 90)))
