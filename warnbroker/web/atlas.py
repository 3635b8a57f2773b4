"""The map: regions and warning areas as shapes of one SVG picture, drawn by the template."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from warnbroker.model.region import Region

WIDTH = 400.0
"""The picture's width in its own units; a phone shows about as many pixels."""
_PADDING = 0.05
_TALLEST, _FLATTEST = 1.35, 0.55
_FONT = 13.0
_BADGE = 15.0
_SHIFTS = (0.0, -1.2, 1.2, -2.4, 2.4)


@dataclass(frozen=True, slots=True)
class Spot:
    """A word at a place in the picture."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Outline:
    """A region: ``depth`` 0 is the whole municipality."""

    path: str
    name: str
    depth: int


@dataclass(frozen=True, slots=True)
class Zone:
    """A warning's area, with the place of its badge."""

    path: str
    key: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """The map, ready to be drawn in ``width`` by ``height`` units."""

    width: float
    height: float
    outlines: tuple[Outline, ...]
    zones: tuple[Zone, ...]
    labels: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Places longitude and latitude in the picture, true to scale in its middle."""

    west: float
    north: float
    scale_x: float
    scale_y: float
    height: float

    def place(self, shape: BaseGeometry) -> BaseGeometry:
        placed = shapely.transform(shape, self._move)
        inside = shapely.make_valid(placed).intersection(
            shapely.box(-WIDTH, -self.height, 2 * WIDTH, 2 * self.height)
        )
        return inside.simplify(0.4)

    def _move(self, points: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
        x = (points[:, 0] - self.west) * self.scale_x
        y = (self.north - points[:, 1]) * self.scale_y
        return numpy.column_stack((x, y))


def draw(
    regions: Sequence[Region], areas: Iterable[tuple[str, BaseGeometry]], language: str
) -> Picture | None:
    """Draw the regions with the areas, each under its key, the first area on top.

    Returns None where there is nothing to draw.
    """
    zones = [(key, area) for key, area in areas if not area.is_empty]
    frame = _frame([r.geometry for r in regions] or [area for _, area in zones])
    if frame is None:
        return None
    placed = {region.code: frame.place(region.geometry) for region in regions}
    spots = list(_labels(regions, placed, language, frame.height))
    taken = shapely.union_all([_box(spot) for spot in spots])
    drawn = [_zone(key, frame.place(area), taken, frame.height) for key, area in reversed(zones)]
    return Picture(
        WIDTH,
        round(frame.height, 1),
        tuple(_outlines(regions, placed, language)),
        tuple(zone for zone in drawn if zone),
        tuple(spots),
    )


def _frame(shapes: Sequence[BaseGeometry]) -> _Frame | None:
    bounds = shapely.total_bounds(numpy.array(shapes, dtype=object)) if shapes else None
    if bounds is None or numpy.isnan(bounds).any():
        return None
    west, south, east, north = (float(value) for value in bounds)
    stretch = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * stretch, 1e-6), max(north - south, 1e-6)
    ratio = min(max(high / wide, _FLATTEST), _TALLEST)
    height = WIDTH * ratio
    scale = min(WIDTH / wide, height / high) * (1 - 2 * _PADDING)
    left, top = (WIDTH - wide * scale) / 2, (height - high * scale) / 2
    return _Frame(
        west - left / (scale * stretch), north + top / scale, scale * stretch, scale, height
    )


def _outlines(
    regions: Sequence[Region], placed: dict[str, BaseGeometry], language: str
) -> Iterator[Outline]:
    """Yield the regions, small ones first, so that the borders of large ones lie on top."""
    parents = {region.code: region.parent for region in regions}
    deepest_first = sorted(regions, key=lambda r: -_depth(r.code, parents))
    for region in deepest_first:
        path = _path(placed[region.code])
        yield Outline(path, region.name(language), _depth(region.code, parents))


def _depth(code: str, parents: dict[str, str | None]) -> int:
    depth, above = 0, parents.get(code)
    while above in parents and depth < len(parents):
        depth, above = depth + 1, parents[above]
    return depth


def _labels(
    regions: Sequence[Region], placed: dict[str, BaseGeometry], language: str, height: float
) -> Iterator[Spot]:
    """Yield the names of the smallest regions, large ones first, none over another."""
    parents = {region.parent for region in regions}
    leaves = [region for region in regions if region.code not in parents]
    taken: list[BaseGeometry] = []
    room = shapely.box(2, 2, WIDTH - 2, height - 2)
    for region in sorted(leaves, key=lambda r: -placed[r.code].area):
        shape = placed[region.code]
        if shape.is_empty:
            continue
        spot = _free_spot(region.name(language), shape, taken, room)
        if spot:
            taken.append(_box(spot))
            yield spot


def _free_spot(
    name: str, shape: BaseGeometry, taken: list[BaseGeometry], room: BaseGeometry
) -> Spot | None:
    x, y = _middle(shape)
    for shift in _SHIFTS:
        spot = Spot(name, round(x, 1), round(y + shift * _FONT, 1))
        box = _box(spot)
        if room.contains(box) and not any(box.intersects(other) for other in taken):
            return spot
    return None


def _zone(key: str, shape: BaseGeometry, taken: BaseGeometry, height: float) -> Zone | None:
    """Place an area, its badge where the badge hides neither a name nor the picture's edge."""
    if shape.is_empty:
        return None
    margin = _BADGE + 2
    room = shape.intersection(shapely.box(margin, margin, WIDTH - margin, height - margin))
    free = room.difference(taken.buffer(_BADGE + 2))
    best = next((part for part in (free, room, shape) if part.area > 0), shape)
    x, y = _middle(best)
    return Zone(_path(shape), key, round(x, 1), round(y, 1))


def _middle(shape: BaseGeometry) -> tuple[float, float]:
    """Return the middle of the widest place inside a shape."""
    parts = [part for part in shapely.get_parts(shape) if part.area > 0]
    if not parts:
        point = shape.representative_point()
        return point.x, point.y
    widest = max(parts, key=lambda part: part.area)
    ring = shapely.maximum_inscribed_circle(widest, tolerance=1.0)
    x, y = shapely.get_coordinates(ring)[0]
    return float(x), float(y)


def _box(spot: Spot) -> BaseGeometry:
    """Return the room that a word takes; a Chinese character is as wide as it is high."""
    wide = sum(_FONT if ord(sign) > 0x2E80 else _FONT * 0.56 for sign in spot.text) / 2
    return shapely.box(spot.x - wide, spot.y - _FONT / 2, spot.x + wide, spot.y + _FONT / 2)


def _path(shape: BaseGeometry) -> str:
    """Write a shape as SVG path data, holes included (fill-rule evenodd)."""
    rings = []
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            rings += [part.exterior, *part.interiors]
    return "".join(f"M{'L'.join(map(_point, ring.coords[:-1]))}Z" for ring in rings)


def _point(position: Sequence[float]) -> str:
    return f"{position[0]:.1f},{position[1]:.1f}"
