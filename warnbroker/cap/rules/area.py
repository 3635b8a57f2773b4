"""Rules of the ``<area>`` element (CAP 1.2, 3.2.4), but for the form of whole polygons."""

from collections.abc import Iterator
from datetime import datetime

from warnbroker.cap.rules.rule import Finding, Rule, areas
from warnbroker.cap.text import write_position
from warnbroker.model.alert import Alert, Position

_SOURCE = "CAP 1.2, 3.2.4"


def description_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require the name of the place."""
    for path, area in areas(alert):
        if not area.area_desc.strip():
            yield f"{path}/areaDesc", "areaDesc is empty; name the place for people"


def place_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an area that only a reader can place."""
    for path, area in areas(alert):
        if not (area.polygons or area.circles or area.geocodes):
            yield path, "the area has no polygon, circle or geocode; add one or remove the area"


def polygon_length(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require at least a triangle and its return."""
    for path, polygon in polygons(alert):
        if len(polygon) < 4:
            text = f"the polygon has {len(polygon)} positions; it needs at least 4"
            yield path, text


def polygon_closed(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require that a polygon ends where it began."""
    for path, polygon in polygons(alert):
        if polygon and polygon[0] != polygon[-1]:
            first = write_position(polygon[0])
            yield path, f"the polygon is open; repeat its first position {first} at the end"


def polygon_range(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require positions on Earth."""
    for path, polygon in polygons(alert):
        astray = next((position for position in polygon if not on_earth(position)), None)
        if astray is not None:
            yield path, f"the position {write_position(astray)} is not on Earth{_hint(astray)}"


def circle_range(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a centre on Earth."""
    for path, area in areas(alert):
        for index, circle in enumerate(area.circles):
            if not on_earth(circle.center):
                text = f"the centre {write_position(circle.center)} is not on Earth"
                yield f"{path}/circle[{index}]", text + _hint(circle.center)


def circle_radius(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse a negative radius."""
    for path, area in areas(alert):
        for index, circle in enumerate(area.circles):
            if circle.radius < 0:
                yield f"{path}/circle[{index}]", "the radius is negative; give it in kilometres"


def circle_not_empty(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a circle that nobody can be in."""
    for path, area in areas(alert):
        for index, circle in enumerate(area.circles):
            if circle.radius == 0:
                yield f"{path}/circle[{index}]", "the radius is 0, so the circle reaches nobody"


def geocode_pairs(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require both halves of each geocode."""
    for path, area in areas(alert):
        for index, pair in enumerate(area.geocodes):
            if not pair.name or not pair.value:
                yield f"{path}/geocode[{index}]", "give both valueName and value, or remove it"


def ceiling_needs_altitude(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require the lower end of a range of heights."""
    for path, area in areas(alert):
        if area.ceiling is not None and area.altitude is None:
            yield f"{path}/ceiling", "ceiling needs altitude; add the lower end in feet"


def ceiling_above_altitude(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a range of heights that is not empty."""
    for path, area in areas(alert):
        if area.ceiling is None or area.altitude is None:
            continue
        if area.ceiling <= area.altitude:
            yield f"{path}/ceiling", "ceiling must be greater than altitude"


def polygons(alert: Alert) -> Iterator[tuple[str, tuple[Position, ...]]]:
    """Yield each polygon with its path."""
    for path, area in areas(alert):
        for index, polygon in enumerate(area.polygons):
            yield f"{path}/polygon[{index}]", polygon


def on_earth(position: Position) -> bool:
    """Say whether latitude and longitude are within their ranges."""
    return -90 <= position[0] <= 90 and -180 <= position[1] <= 180


def _hint(position: Position) -> str:
    latitude, longitude = position
    swapped = on_earth((longitude, latitude))
    return "; latitude comes first, these look swapped" if swapped else "; latitude comes first"


RULES = (
    Rule("cap.area.area_desc.empty", description_present, _SOURCE),
    Rule("cap.area.place.missing", place_present, "CAP 1.2, 3.2.4; Google CAP profile", "warning"),
    Rule("cap.area.polygon.length", polygon_length, _SOURCE),
    Rule("cap.area.polygon.closed", polygon_closed, _SOURCE),
    Rule("cap.area.polygon.range", polygon_range, _SOURCE),
    Rule("cap.area.circle.range", circle_range, _SOURCE),
    Rule("cap.area.circle.radius", circle_radius, _SOURCE),
    Rule("cap.area.circle.empty", circle_not_empty, _SOURCE, "warning"),
    Rule("cap.area.geocode.pair", geocode_pairs, _SOURCE),
    Rule("cap.area.ceiling.altitude", ceiling_needs_altitude, _SOURCE),
    Rule("cap.area.ceiling.order", ceiling_above_altitude, _SOURCE),
)
