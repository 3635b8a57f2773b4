"""The rule of areas that cover the same ground; affordable by what is looked at only once."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import combinations

from shapely import Polygon, union_all

from warnbroker.cap.rules.geometry import SMALLEST_AREA, Ring, lon_lat, sound
from warnbroker.cap.rules.rule import WARNING, Finding, Rule, areas, at, infos
from warnbroker.model.alert import Alert

MOST_AREAS = 50
"""Different areas up to which they are compared; that is a thousand pairs."""

Shape = frozenset[Ring]
Pair = frozenset[Shape]


def overlapping(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of two areas of one info that cover the same ground: which name is it?"""
    good = {ring for _, ring in sound(alert)}
    shapes = {path: frozenset(good & set(area.polygons)) for path, area in areas(alert)}
    different = set(shapes.values()) - {frozenset()}
    if len(different) > MOST_AREAS:
        return
    pairs = set(_pairs(different))
    for path, info in infos(alert):
        seen: set[Shape] = set()
        for index in range(len(info.areas)):
            shape = shapes[f"{path}/area[{index}]"]
            if shape in seen or any(frozenset({shape, other}) in pairs for other in seen):
                yield at(f"{path}/area[{index}]")
            if shape:
                seen.add(shape)


def _pairs(different: Collection[Shape]) -> Iterator[Pair]:
    """Yield the pairs that overlap; what touches at an edge does not."""
    built = {shape: union_all(_polygons(shape)) for shape in different}
    for one, other in combinations(different, 2):
        shared = one & other
        if shared or built[one].intersection(built[other]).area > SMALLEST_AREA:
            yield frozenset({one, other})


def _polygons(shape: Shape) -> list[Polygon]:
    polygons = [Polygon(lon_lat(ring)) for ring in shape]
    return [polygon for polygon in polygons if polygon.is_valid]


RULES = (
    Rule(
        "cap.area.overlap",
        overlapping,
        "cap-composer",
        "the area overlaps another one of this info; part them, or make them one",
        "该 area 与同一 info 的另一 area 重叠；请分开，或合并为一个",
        WARNING,
        needs=("polygon",),
    ),
)
