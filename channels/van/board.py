"""The drawing board of a map: from degrees to paper, strokes, texts, and room for labels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
from shapely.geometry import LineString

from channels.van.geometry import Points, Projection
from channels.van.model import LonLat

Circle = tuple[float, float, float]
"""Middle (x, y) and radius on paper."""

_MARGIN = 0.07
_LEAST_METRES = 350.0


@dataclass(slots=True)
class Board:
    """A sheet of ``width`` by ``height`` units, north up; ``taken`` is where labels stand."""

    projection: Projection
    corner: Points
    scale: float
    width: float
    height: float
    taken: list[Circle] = field(default_factory=list)

    @classmethod
    def around(cls, spots: Sequence[LonLat], width: float, height: float) -> "Board":
        """Return a board that shows all spots and a margin around them."""
        degrees = np.array(spots, dtype=np.float64)
        middle = (degrees.min(axis=0) + degrees.max(axis=0)) / 2
        projection = Projection(float(middle[0]), float(middle[1]))
        flat = projection.to_metres(degrees)
        low, high = flat.min(axis=0), flat.max(axis=0)
        span = np.maximum((high - low) * (1 + 2 * _MARGIN), _LEAST_METRES)
        scale = float(min(width / span[0], height / span[1]))
        corner = (low + high) / 2 - np.array([width, height]) / scale / 2
        return cls(projection, corner, scale, width, height)

    def place(self, line: Sequence[LonLat]) -> Points:
        """Return a line in units, x to the right and y downwards."""
        degrees = np.array(line, dtype=np.float64).reshape(-1, 2)
        flat = (self.projection.to_metres(degrees) - self.corner) * self.scale
        return np.column_stack([flat[:, 0], self.height - flat[:, 1]])

    def is_free(self, circles: Sequence[Circle]) -> bool:
        """Say whether circles lie on the sheet and touch no label."""
        return all(
            r < x < self.width - r
            and r < y < self.height - r
            and all(math.hypot(x - a, y - b) > r + c for a, b, c in self.taken)
            for x, y, r in circles
        )


def spot_on(line: LineString, along: float) -> tuple[float, float, float]:
    """Return a spot on a line, and the line's direction there in degrees on paper."""
    before, after = line.interpolate(max(0.0, along - 6)), line.interpolate(along + 6)
    spot = line.interpolate(along)
    return spot.x, spot.y, math.degrees(math.atan2(after.y - before.y, after.x - before.x))


def beside(spot: tuple[float, float], angle: float, away: float) -> tuple[float, float]:
    """Return the spot so far to the right of a direction (in degrees on paper)."""
    side = math.radians(angle + 90)
    return spot[0] + away * math.cos(side), spot[1] + away * math.sin(side)


def stroke(points: Points, colour: str, width: float, extra: str = "") -> str:
    """Return a line as SVG."""
    path = "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points)
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
        f'stroke-linecap="round" stroke-linejoin="round"{extra}/>'
    )


def box(corner: tuple[float, float], size: tuple[float, float], style: str) -> str:
    """Return a rectangle as SVG."""
    return (
        f'<rect x="{corner[0]:.0f}" y="{corner[1]:.0f}" '
        f'width="{size[0]:.0f}" height="{size[1]:.0f}" {style}/>'
    )


def write(
    text: str, spot: tuple[float, float], size: float, *, bold: bool = True, style: str = ""
) -> str:
    """Return a centred text as SVG, black unless the style says otherwise."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{spot[0]:.0f}" y="{spot[1]:.0f}" font-size="{size:g}" text-anchor="middle"'
        f"{weight} {style}>{escape(text)}</text>"
    )


def label(text: str, spot: tuple[float, float], size: float, *, bold: bool, angle: float) -> str:
    """Return a turned text with a white halo as SVG."""
    halo = 'fill="#fff" stroke="#fff" stroke-width="9" stroke-linejoin="round"'
    foot = (0.0, size * 0.35)
    texts = write(text, foot, size, bold=bold, style=halo) + write(text, foot, size, bold=bold)
    move = f"translate({spot[0]:.0f} {spot[1]:.0f}) rotate({angle:.1f})"
    return f'<g transform="{move}">{texts}</g>'


def covering(spot: tuple[float, float], angle: float, width: float, size: float) -> list[Circle]:
    """Cover a turned text by circles."""
    count = max(1, math.ceil(width / size))
    turn = math.radians(angle)
    steps = [width * ((number + 0.5) / count - 0.5) for number in range(count)]
    return [
        (spot[0] + step * math.cos(turn), spot[1] + step * math.sin(turn), size * 0.6)
        for step in steps
    ]
