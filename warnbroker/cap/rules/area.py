"""Rules of the ``<area>`` element (CAP 1.2, 3.2.4), but for the form of whole polygons."""

from collections.abc import Iterator
from datetime import datetime

from warnbroker.cap.rules.rule import WARNING, Finding, Rule, areas, at
from warnbroker.cap.text import write_decimal, write_position
from warnbroker.model.alert import Alert, Position

MOST_VERTICES = 100
MOST_DECIMALS = 6

_SOURCE = "CAP 1.2, 3.2.4"


def description_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require the name of the place."""
    for path, area in areas(alert):
        if not area.area_desc.strip():
            yield at(f"{path}/areaDesc")


def place_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an area that only a reader can place."""
    for path, area in areas(alert):
        if not (area.polygons or area.circles or area.geocodes):
            yield at(path)


def polygon_length(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require at least a triangle and its return."""
    for path, polygon in polygons(alert):
        if len(polygon) < 4:
            yield at(path, count=len(polygon))


def polygon_closed(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require that a polygon ends where it began."""
    for path, polygon in polygons(alert):
        if polygon and polygon[0] != polygon[-1]:
            yield at(path, first=write_position(polygon[0]))


def polygon_range(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require positions on Earth."""
    for path, polygon in polygons(alert):
        astray = next((position for position in polygon if not on_earth(position)), None)
        if astray is not None:
            yield at(path, shown=write_position(astray), **_hint(astray))


def polygon_vertices(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an outline that small receivers give up on."""
    for path, polygon in polygons(alert):
        if len(polygon) > MOST_VERTICES:
            yield at(path, count=len(polygon), most=MOST_VERTICES)


def polygon_decimals(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of positions given to less than 11 cm: no outline is that sure."""
    known: dict[tuple[Position, ...], Position | None] = {}
    for path, polygon in polygons(alert):
        if polygon not in known:
            finer = (item for item in polygon if _decimals(item) > MOST_DECIMALS)
            known[polygon] = next(finer, None)
        fine = known[polygon]
        if fine is not None:
            yield at(path, shown=write_position(fine), most=MOST_DECIMALS)


def polygon_span(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a polygon that may as well mean the other way round the globe."""
    for path, polygon in polygons(alert):
        longitudes = [longitude for _, longitude in polygon if -180 <= longitude <= 180]
        if longitudes and max(longitudes) - min(longitudes) > 180:
            yield at(path)


def circle_range(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a centre on Earth."""
    for path, area in areas(alert):
        for index, circle in enumerate(area.circles):
            if not on_earth(circle.center):
                shown = write_position(circle.center)
                yield at(f"{path}/circle[{index}]", shown=shown, **_hint(circle.center))


def circle_radius(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse a negative radius."""
    for path, area in areas(alert):
        for index, circle in enumerate(area.circles):
            if circle.radius < 0:
                yield at(f"{path}/circle[{index}]")


def circle_not_empty(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a circle that nobody can be in."""
    for path, area in areas(alert):
        for index, circle in enumerate(area.circles):
            if circle.radius == 0:
                yield at(f"{path}/circle[{index}]")


def geocode_pairs(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require both halves of each geocode."""
    for path, area in areas(alert):
        for index, pair in enumerate(area.geocodes):
            if not pair.name or not pair.value:
                yield at(f"{path}/geocode[{index}]")


def geocode_outlined(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an area of codes alone: who does not know the codes cannot place it."""
    for path, area in areas(alert):
        if area.geocodes and not area.polygons and not area.circles:
            yield at(path)


def ceiling_needs_altitude(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require the lower end of a range of heights."""
    for path, area in areas(alert):
        if area.ceiling is not None and area.altitude is None:
            yield at(f"{path}/ceiling")


def ceiling_above_altitude(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a range of heights that is not empty."""
    for path, area in areas(alert):
        if area.ceiling is None or area.altitude is None:
            continue
        if area.ceiling <= area.altitude:
            yield at(f"{path}/ceiling")


def polygons(alert: Alert) -> Iterator[tuple[str, tuple[Position, ...]]]:
    """Yield each polygon with its path."""
    for path, area in areas(alert):
        for index, polygon in enumerate(area.polygons):
            yield f"{path}/polygon[{index}]", polygon


def on_earth(position: Position) -> bool:
    """Say whether latitude and longitude are within their ranges."""
    return -90 <= position[0] <= 90 and -180 <= position[1] <= 180


def _decimals(position: Position) -> int:
    return max(len(write_decimal(number).partition(".")[2]) for number in position)


def _hint(position: Position) -> dict[str, str]:
    latitude, longitude = position
    if on_earth((longitude, latitude)):
        return {"hint": ", these look swapped", "hint_zh": "，此处疑似颠倒"}
    return {"hint": "", "hint_zh": ""}


RULES = (
    Rule(
        "cap.area.area_desc.empty",
        description_present,
        f"{_SOURCE} areaDesc",
        "areaDesc is empty; name the place for people",
        "areaDesc 为空；须写明公众能看懂的地点",
    ),
    Rule(
        "cap.area.place.missing",
        place_present,
        f"{_SOURCE}; Google CAP profile",
        "the area has no polygon, circle or geocode; add one or remove the area",
        "该 area 没有多边形、圆形或地理编码；请补充，或删除该 area",
        WARNING,
        needs=(
            "polygon",
            "circle",
            "geocode",
        ),
    ),
    Rule(
        "cap.area.polygon.length",
        polygon_length,
        f"{_SOURCE} polygon",
        "the polygon has {count} positions; it needs at least 4",
        "多边形只有 {count} 个点；至少须有 4 个",
    ),
    Rule(
        "cap.area.polygon.closed",
        polygon_closed,
        f"{_SOURCE} polygon",
        "the polygon is open; repeat its first position {first} at the end",
        "多边形未闭合；末尾须重复第一个点 {first}",
    ),
    Rule(
        "cap.area.polygon.range",
        polygon_range,
        f"{_SOURCE} polygon",
        "the position {shown} is not on Earth; latitude comes first{hint}",
        "坐标 {shown} 不在地球范围内；纬度在前，经度在后{hint_zh}",
    ),
    Rule(
        "cap.area.polygon.vertices",
        polygon_vertices,
        "WMO practice",
        "the polygon has {count} positions; simplify it to {most}",
        "多边形共有 {count} 个点；建议简化到 {most} 个以内",
        WARNING,
    ),
    Rule(
        "cap.area.polygon.decimals",
        polygon_decimals,
        "Google CAP profile",
        "the position {shown} has more than {most} decimals; round it",
        "坐标 {shown} 的小数超过 {most} 位；请四舍五入",
        WARNING,
    ),
    Rule(
        "cap.area.polygon.span",
        polygon_span,
        f"{_SOURCE} polygon; RFC 7946, 3.1.9",
        "the polygon spans more than 180° of longitude; cut it in two at 180°",
        "多边形跨越经度超过 180°；请在 180° 经线处分成两个",
        WARNING,
    ),
    Rule(
        "cap.area.circle.range",
        circle_range,
        f"{_SOURCE} circle",
        "the centre {shown} is not on Earth; latitude comes first{hint}",
        "圆心 {shown} 不在地球范围内；纬度在前，经度在后{hint_zh}",
    ),
    Rule(
        "cap.area.circle.radius",
        circle_radius,
        f"{_SOURCE} circle",
        "the radius is negative; give it in kilometres",
        "半径为负数；应以千米为单位填写",
    ),
    Rule(
        "cap.area.circle.empty",
        circle_not_empty,
        f"{_SOURCE} circle",
        "the radius is 0, so the circle reaches nobody",
        "半径为 0，该圆形覆盖不到任何人",
        WARNING,
    ),
    Rule(
        "cap.area.geocode.pair",
        geocode_pairs,
        f"{_SOURCE} geocode",
        "give both valueName and value, or remove it",
        "valueName 与 value 须同时填写，否则请删除该项",
    ),
    Rule(
        "cap.area.geocode.alone",
        geocode_outlined,
        f"{_SOURCE} geocode",
        "the area has geocodes alone; add a polygon for those who do not know the codes",
        "该 area 只有地理编码；请补充多边形，便于不了解该编码的接收方定位",
        WARNING,
        needs=(
            "polygon",
            "circle",
        ),
    ),
    Rule(
        "cap.area.ceiling.altitude",
        ceiling_needs_altitude,
        f"{_SOURCE} ceiling",
        "ceiling needs altitude; add the lower end in feet",
        "有 ceiling 必须有 altitude；请以英尺为单位填写下限",
        needs=("altitude",),
    ),
    Rule(
        "cap.area.ceiling.order",
        ceiling_above_altitude,
        f"{_SOURCE} ceiling",
        "ceiling must be greater than altitude",
        "ceiling 必须大于 altitude",
    ),
)
