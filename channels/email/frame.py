"""The part of the world that a map shows, in pixels."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

_WIDTH = 560
_FLATTEST, _TALLEST = 0.5, 0.8
# How much of the surroundings is shown, in times of the area's own extent; and kilometres at least.
_AROUND = 0.25
_LEAST = 2.0
_KILOMETRES = 111.2
_MARGIN = 3

Ring = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Frame:
    """A window on longitude and latitude, true to scale in its middle."""

    west: float
    north: float
    scale_x: float
    scale_y: float
    height: int
    width: int = _WIDTH

    def place(self, shape: BaseGeometry, fine: int = 1) -> BaseGeometry:
        """Return a shape in pixels, ``fine`` times as many of them."""

        def move(points: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
            x = (points[:, 0] - self.west) * self.scale_x * fine
            y = (self.north - points[:, 1]) * self.scale_y * fine
            return numpy.column_stack((x, y))

        room = shapely.box(-50, -50, self.width * fine + 50, self.height * fine + 50)
        placed = shapely.make_valid(shapely.transform(shape, move))
        return placed.intersection(room).simplify(0.5)

    def middle(self, shape: BaseGeometry) -> tuple[float, float] | None:
        """Return a place well inside the part of a shape that is seen."""
        seen = self.place(shape).intersection(shapely.box(0, 0, self.width, self.height))
        if seen.is_empty or seen.area < 1:
            return None
        widest = max(shapely.get_parts(seen), key=lambda part: part.area)
        point = shapely.get_coordinates(shapely.maximum_inscribed_circle(widest, tolerance=2))[0]
        return float(point[0]), float(point[1])

    def holds(self, box: tuple[float, float, float, float]) -> bool:
        """Tell whether a box lies within the picture."""
        left, top, right, bottom = box
        inside_x = left >= _MARGIN and right <= self.width - _MARGIN
        return inside_x and top >= _MARGIN and bottom <= self.height - _MARGIN


def frame_of(area: BaseGeometry) -> Frame | None:
    """Return a window on an area and what lies around it; None for no area."""
    if area.is_empty:
        return None
    west, south, east, north = area.bounds
    stretch = max(math.cos(math.radians((south + north) / 2)), 0.05)
    wide = max((east - west) * stretch * (1 + 2 * _AROUND), _LEAST / _KILOMETRES)
    high = max((north - south) * (1 + 2 * _AROUND), _LEAST / _KILOMETRES)
    ratio = min(max(high / wide, _FLATTEST), _TALLEST)
    scale = min(_WIDTH / wide, _WIDTH * ratio / high)
    height = round(_WIDTH * ratio)
    return Frame(
        west=(west + east) / 2 - _WIDTH / scale / stretch / 2,
        north=(south + north) / 2 + height / scale / 2,
        scale_x=scale * stretch,
        scale_y=scale,
        height=height,
    )


def rings(shape: BaseGeometry) -> Iterator[tuple[Ring, list[Ring]]]:
    """Yield the outer ring and the holes of each polygon in a shape."""
    for part in shapely.get_parts(shape):
        if isinstance(part, shapely.Polygon) and not part.is_empty:
            yield list(part.exterior.coords), [list(hole.coords) for hole in part.interiors]
