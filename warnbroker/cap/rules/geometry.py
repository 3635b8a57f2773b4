"""Rules of whole polygons: simple, not flat, and cheap enough to compute with.

A polygon of a few thousand positions can be made so that testing it takes minutes and
gigabytes. What costs is the number of edges that come near each other, so that is bounded
before any polygon is built.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from math import cos, radians

import numpy as np
from shapely import Polygon, STRtree, box, is_valid_reason

from warnbroker.cap.rules.area import on_earth, polygons
from warnbroker.cap.rules.rule import Finding, Rule, areas, at
from warnbroker.model.alert import Alert, Circle, Position

MAX_POSITIONS = 20_000
MAX_CIRCLES = 100
MAX_ENCOUNTERS = 50_000
SMALLEST_AREA = 1e-11
"""Square degrees, about a tenth of a square metre: what rounding leaves of a line."""

_SOURCE = "CAP 1.2, 3.2.4"
_COST = "warnbroker; bounds the work of one message"
_KILOMETRES_PER_DEGREE = 110.5
_BATCH = 1_000_000

Ring = tuple[Position, ...]
Judge = Callable[[Ring], dict[str, str] | None]


def position_count(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Bound the positions of one message; the same polygon in two languages counts once."""
    count = _position_count(alert)
    if count > MAX_POSITIONS:
        yield at("info", count=count, most=MAX_POSITIONS)


def circle_count(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Bound the circles of one message; the same circle in two languages counts once."""
    count = len(_circles(alert))
    if count > MAX_CIRCLES:
        yield at("info", count=count, most=MAX_CIRCLES)


def tangled(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Bound how often the edges of a message's shapes come near each other."""
    if _is_small(alert) and _is_tangled(alert):
        yield at("info")


def crossing(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse a polygon that crosses or touches itself: what is inside is anybody's guess."""
    yield from _each(sound(alert), _crosses)


def flat(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse a polygon without area."""
    yield from _each(sound(alert), lambda ring: {} if _is_flat(ring) else None)


def _each(rings: Iterable[tuple[str, Ring]], judge: Judge) -> Iterator[Finding]:
    """Judge each outline once, however many infos and areas have it."""
    known: dict[Ring, dict[str, str] | None] = {}
    for path, ring in rings:
        if ring not in known:
            known[ring] = judge(ring)
        values = known[ring]
        if values is not None:
            yield at(path, **values)


def _crosses(ring: Ring) -> dict[str, str] | None:
    """Return where an outline crosses itself, in words of both languages, or None."""
    reason = is_valid_reason(Polygon(lon_lat(ring)))
    if reason == "Valid Geometry" or _is_flat(ring):
        return None
    near = reason.partition("[")[2].rstrip("]").split()
    if len(near) != 2:
        return {"place": "", "place_zh": ""}
    place = f"{near[1]},{near[0]}"
    return {"place": f" near {place}", "place_zh": f"在 {place} 附近"}


def _is_flat(ring: Ring) -> bool:
    return bool(Polygon(lon_lat(ring)).convex_hull.area < SMALLEST_AREA)


def lon_lat(ring: Ring) -> list[Position]:
    """Turn CAP's positions into the order of geometry."""
    return [(longitude, latitude) for latitude, longitude in ring]


def sound(alert: Alert) -> Iterator[tuple[str, Ring]]:
    """Yield the polygons that are worth building: closed, on Earth, and affordable."""
    if not _is_small(alert) or _is_tangled(alert):
        return
    known: dict[Ring, bool] = {}
    for path, ring in polygons(alert):
        if ring not in known:
            is_closed = len(ring) >= 4 and ring[0] == ring[-1]
            known[ring] = is_closed and all(on_earth(item) for item in ring)
        if known[ring]:
            yield path, ring


def _rings(alert: Alert) -> set[Ring]:
    return {ring for _, ring in polygons(alert)}


def _circles(alert: Alert) -> set[Circle]:
    return {circle for _, area in areas(alert) for circle in area.circles}


def _position_count(alert: Alert) -> int:
    return sum(len(ring) for ring in _rings(alert))


def _is_small(alert: Alert) -> bool:
    return _position_count(alert) <= MAX_POSITIONS and len(_circles(alert)) <= MAX_CIRCLES


def _is_tangled(alert: Alert) -> bool:
    """Count pairs of edges, and of edges and circles, whose bounding boxes meet.

    An edge always meets itself and its two neighbours, on a ragged coast a few more.
    """
    bounds = _bounds(sorted(_rings(alert)), _circles(alert))
    if len(bounds) < 300:
        return False
    west, south, east, north = np.asarray(bounds).T
    boxes = box(west, south, east, north)
    tree = STRtree(boxes)
    batch = max(1, _BATCH // len(boxes))
    allowed = MAX_ENCOUNTERS + 8 * len(boxes)
    for start in range(0, len(boxes), batch):
        allowed -= tree.query(boxes[start : start + batch]).shape[1]
        if allowed < 0:
            return True
    return False


def _bounds(rings: Sequence[Ring], circles: set[Circle]) -> list[tuple[float, float, float, float]]:
    """Return west, south, east, north of each edge and each circle, in degrees."""
    edges = [
        (min(a[1], b[1]), min(a[0], b[0]), max(a[1], b[1]), max(a[0], b[0]))
        for ring in rings
        for a, b in pairwise(ring)
    ]
    return edges + [_circle_bounds(circle) for circle in circles]


def _circle_bounds(circle: Circle) -> tuple[float, float, float, float]:
    latitude, longitude = circle.center
    high = circle.radius / _KILOMETRES_PER_DEGREE
    highest = min(abs(latitude) + high, 89.0)
    wide = high / cos(radians(highest))
    return longitude - wide, latitude - high, longitude + wide, latitude + high


RULES = (
    Rule(
        "cap.alert.positions.count",
        position_count,
        _COST,
        "the polygons have {count} positions in all; simplify them to {most}",
        "多边形合计 {count} 个点；请简化到 {most} 个以内",
    ),
    Rule(
        "cap.alert.circles.count",
        circle_count,
        _COST,
        "there are {count} circles; send at most {most} in one message",
        "共有 {count} 个圆形；一条消息最多 {most} 个",
    ),
    Rule(
        "cap.alert.shapes.tangled",
        tangled,
        _COST,
        "the edges of the polygons overlap too often to compute with; simplify them",
        "多边形的边相互重叠过多，无法计算；请简化",
    ),
    Rule(
        "cap.area.polygon.crossing",
        crossing,
        "CAP 1.2, 3.2.4; OGC Simple Features, 6.1.11",
        "the polygon crosses or touches itself{place}; correct its outline",
        "多边形{place_zh}自相交或自相接；请更正轮廓",
    ),
    Rule(
        "cap.area.polygon.flat",
        flat,
        _SOURCE,
        "the polygon has no area; its positions lie on one line",
        "多边形面积为零；各点位于同一直线上",
    ),
)
