"""A van's sheet as data: GeoJSON for maps, GPX for navigators, CSV for spreadsheets."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from channels.van import words
from channels.van.model import Plan, Row, VanPlan
from channels.van.osm import ATTRIBUTION

_GPX = "http://www.topografix.com/GPX/1/1"
_LICENCE = "https://opendatacommons.org/licenses/odbl/1-0/"
COLUMNS = (
    "no", "kind", "turn", "street", "from", "to", "start_utc", "start_local", "minute",
    "end_utc", "metres", "people", "lat", "lon",
)  # fmt: skip


def geojson(plan: Plan, part: VanPlan) -> bytes:
    """Return a FeatureCollection: the start, each row as a line, and the warning's area."""
    features = [_start(part), *(_line(plan, row) for row in part.rows), _area(plan)]
    collection = {
        "type": "FeatureCollection",
        "attribution": ATTRIBUTION,
        "alert": plan.alert,
        "van": part.van.id,
        "revision": plan.briefing.revision,
        "drill": plan.briefing.drill,
        "features": features,
    }
    return json.dumps(collection, ensure_ascii=False, indent=1).encode()


def gpx(plan: Plan, part: VanPlan) -> bytes:
    """Return a GPX 1.1 document: a waypoint for each announced street, the whole way as a track."""
    root = etree.fromstring(f'<gpx xmlns="{_GPX}" version="1.1" creator="warnbroker"/>')
    head = _sub(root, "metadata")
    _sub(head, "name", f"{_mark(plan)}{part.van.id} r{plan.briefing.revision} {plan.alert}")
    rights = _sub(head, "copyright", author="OpenStreetMap contributors")
    _sub(rights, "license", _LICENCE)
    _sub(head, "time", _instant(plan.start))
    for row in part.announced:
        _waypoint(root, row)
    track = _sub(root, "trk")
    _sub(track, "name", f"{_mark(plan)}{part.van.id}")
    for row in part.rows:
        segment = _sub(track, "trkseg")
        for lon, lat in row.line:
            _sub(segment, "trkpt", lat=f"{lat:.6f}", lon=f"{lon:.6f}")
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def table(plan: Plan, part: VanPlan) -> bytes:
    """Return CSV with a header; a row without a number is driven without announcing."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_cells(plan, row) for row in part.rows)
    return text.getvalue().encode()


def _mark(plan: Plan) -> str:
    return "DRILL " if plan.briefing.drill else ""


def _start(part: VanPlan) -> dict[str, Any]:
    spot = part.van.start
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [spot.lon, spot.lat]},
        "properties": {"kind": "start", "names": dict(spot.names), "attribution": ATTRIBUTION},
    }


def _line(plan: Plan, row: Row) -> dict[str, Any]:
    names = {key: value for key, value in _named(plan, row).items() if key not in {"lat", "lon"}}
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [list(spot) for spot in row.line]},
        "properties": {**names, "attribution": ATTRIBUTION},
    }


def _area(plan: Plan) -> dict[str, Any]:
    rings = [[[list(spot) for spot in outline]] for outline in plan.area]
    return {
        "type": "Feature",
        "geometry": {"type": "MultiPolygon", "coordinates": rings},
        "properties": {"kind": "area", "alert": plan.alert},
    }


def _waypoint(root: etree._Element, row: Row) -> None:
    lon, lat = row.line[0]
    point = _sub(root, "wpt", lat=f"{lat:.6f}", lon=f"{lon:.6f}")
    _sub(point, "time", _instant(row.begin))
    move = row.moves[-1]
    _sub(point, "name", f"{row.number} {words.street(move.street, move.highway).en}")
    _sub(point, "desc", f"{words.turn(row.moves[0]).en}; {words.stretch(row)}".strip("; "))


def _sub(parent: etree._Element, tag: str, text: str = "", **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_GPX}}}{tag}", attributes)
    if text:
        element.text = text
    return element


def _named(plan: Plan, row: Row) -> dict[str, Any]:
    return dict(zip(COLUMNS, _cells(plan, row), strict=True))


def _cells(plan: Plan, row: Row) -> Iterator[Any]:
    move = row.moves[-1]
    lon, lat = row.line[0]
    yield row.number if row.number is not None else ""
    yield "announce" if row.number is not None else "drive"
    yield "; ".join(f"{words.turn(m).en} {words.street(m.street, m.highway).en}" for m in row.moves)
    yield words.street(move.street, move.highway).en
    yield row.origin
    yield row.target
    yield _instant(row.begin)
    yield row.begin.astimezone(ZoneInfo(plan.briefing.time_zone)).isoformat(timespec="seconds")
    yield round((row.begin - plan.start).total_seconds() / 60, 1)
    yield _instant(row.end)
    yield round(row.metres)
    yield row.people
    yield f"{lat:.6f}"
    yield f"{lon:.6f}"


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
