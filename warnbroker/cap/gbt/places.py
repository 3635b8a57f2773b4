"""Areas both ways: metres and kilometres, open and closed outlines, lists and pairs of codes."""

import math
import re
from collections.abc import Iterator, Sequence

from warnbroker.cap.gbt.faults import refusal
from warnbroker.cap.gbt.loss import Loss
from warnbroker.cap.gbt.reader import Data
from warnbroker.cap.text import tokens, write_decimal, write_position
from warnbroker.model.alert import Area, Circle, NamedValue, Position

SYSTEMS = ("GB/T 2260", "GB/T 10114", "GB/T 35965")
"""The geocodes that GB/T can carry: 6 digits, 9 digits (townships), and longer ones."""

_CODE = re.compile(r"[0-9]{6,14}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,17})?", re.ASCII)
_METRES_A_DEGREE = 111_195.0
# China lies within 3-54 degrees north and 73-136 degrees east, so the two cannot be confused.
_NORTH, _EAST = (3.0, 54.0), (73.0, 136.0)


def read_area(data: Data, path: str, width: float | None, losses: list[Loss]) -> Area:
    """Read an area; ``width`` in metres is how far a line reaches to each side, None refuses it.

    Raises:
        AlertError: an outline, circle or code cannot be read.
    """
    polygons = _polygons(data.get("polygon", ""), f"{path}/polygon", width, losses)
    circles = _circles(data.get("circle", ""), f"{path}/circle", losses)
    if polygons or circles:
        losses.append(Loss("area.union", f"{path}/geocode", data["geocode"]))
    return Area(
        area_desc=data["areaDesc"],
        polygons=polygons,
        circles=circles,
        geocodes=tuple(_pairs(data["geocode"], f"{path}/geocode")),
    )


def write_areas(area: Area, path: str, losses: list[Loss]) -> Iterator[Data]:
    """Yield GB/T areas for one CAP area: one for each outline, each with all its codes.

    Raises:
        AlertError: it has no Chinese division code.
    """
    codes = [pair.value for pair in area.geocodes if pair.name in SYSTEMS]
    if not codes:
        raise refusal("gbt.geocode.required", f"{path}/geocode", area.area_desc)
    for pair in area.geocodes:
        if pair.name not in SYSTEMS:
            losses.append(Loss("geocode.system", f"{path}/geocode", f"{pair.name} {pair.value}"))
    for name, value in (("altitude", area.altitude), ("ceiling", area.ceiling)):
        if value is not None:
            losses.append(Loss("element.uncarried", f"{path}/{name}", write_decimal(value)))
    polygons = [" ".join(map(write_position, polygon)) for polygon in area.polygons]
    circles = [_write_circle(circle) for circle in area.circles]
    count = max(len(polygons), len(circles), 1)
    if count > 1:
        losses.append(Loss("area.split", path, area.area_desc))
    fixed = {"areaDesc": area.area_desc, "geocode": ",".join(_padded(code) for code in codes)}
    for index in range(count):
        drawn = {"polygon": polygons[index : index + 1], "circle": circles[index : index + 1]}
        yield fixed | {name: found[0] for name, found in drawn.items() if found}


def _polygons(
    text: str, path: str, width: float | None, losses: list[Loss]
) -> tuple[tuple[Position, ...], ...]:
    if not text:
        return ()
    points = tuple(_position(pair, path, "gbt.polygon.form") for pair in tokens(text))
    if len(points) < 2:
        raise refusal("gbt.polygon.form", path, text)
    _refuse_swapped(points, path)
    if points[0] == points[-1] and len(points) >= 4:
        return (points,)
    if width is None:
        raise refusal("gbt.polygon.open", path, text)
    losses.append(Loss("area.line", path, text[:80]))
    return (_strip(points, width),)


def _strip(points: Sequence[Position], width: float) -> tuple[Position, ...]:
    """Widen a line by so many metres to each side, on a plane that touches the earth there.

    The plane is equirectangular about the line's middle; over a hundred kilometres its scale
    is wrong by less than one part in a hundred.
    """
    from shapely.geometry import LineString

    middle = (max(p[0] for p in points) + min(p[0] for p in points)) / 2
    north, east = _METRES_A_DEGREE, _METRES_A_DEGREE * math.cos(math.radians(middle))
    line = LineString([(lon * east, lat * north) for lat, lon in points])
    outline = line.buffer(width, quad_segs=4).exterior.coords
    return tuple((round(y / north, 6), round(x / east, 6)) for x, y in outline)


def _circles(text: str, path: str, losses: list[Loss]) -> tuple[Circle, ...]:
    if not text:
        return ()
    parts = tokens(text)
    if len(parts) != 2 or not _NUMBER.fullmatch(parts[1]) or float(parts[1]) < 0:
        raise refusal("gbt.circle.form", path, text)
    center = _position(parts[0], path, "gbt.circle.form")
    _refuse_swapped((center,), path)
    if float(parts[1]) == 0:
        losses.append(Loss("area.point", path, text))
    return (Circle(center, float(parts[1]) / 1000),)


def _write_circle(circle: Circle) -> str:
    # A millimetre is finer than anybody draws, and hides what binary fractions add.
    return f"{write_position(circle.center)} {write_decimal(round(circle.radius * 1000, 3))}"


def _position(text: str, path: str, rule: str) -> Position:
    latitude, _, longitude = text.partition(",")
    if not (_NUMBER.fullmatch(latitude) and _NUMBER.fullmatch(longitude)):
        raise refusal(rule, path, text)
    return float(latitude), float(longitude)


def _refuse_swapped(points: Sequence[Position], path: str) -> None:
    beyond = any(abs(first) > 90 for first, _ in points)
    chinese = all(
        _EAST[0] <= first <= _EAST[1] and _NORTH[0] <= second <= _NORTH[1]
        for first, second in points
    )
    if beyond or chinese:
        raise refusal("gbt.position.order", path)


def _pairs(text: str, path: str) -> Iterator[NamedValue]:
    for code in filter(None, (item.strip() for item in re.split("[,，]", text))):
        if not _CODE.fullmatch(code):
            raise refusal("gbt.geocode.form", path, code)
        short = _shortened(code)
        yield NamedValue(SYSTEMS[{6: 0, 9: 1}.get(len(short), 2)], short)


def _shortened(code: str) -> str:
    """Return a code without the zeros that stand for all that lies below it."""
    for length in (6, 9, 12):
        if len(code) >= length and not code[length:].strip("0"):
            return code[:length]
    return code


def _padded(code: str) -> str:
    return code.ljust(12, "0")
