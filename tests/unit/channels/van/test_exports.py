"""The data files beside the sheet."""

import csv
import io
import json
from datetime import datetime

import pytest
from lxml import etree

from channels.van import exports
from channels.van.osm import ATTRIBUTION

GPX = {"g": "http://www.topografix.com/GPX/1/1"}


@pytest.fixture(scope="module")
def part(plan):
    return plan.vans[0]


def test_geojson_names_its_source_and_holds_every_row_as_a_line(plan, part):
    found = json.loads(exports.geojson(plan, part))

    lines = [f for f in found["features"] if f["geometry"]["type"] == "LineString"]
    assert (found["type"], found["attribution"]) == ("FeatureCollection", ATTRIBUTION)
    assert [f["properties"]["no"] for f in lines] == [row.number or "" for row in part.rows]
    assert {f["properties"]["attribution"] for f in lines} == {ATTRIBUTION}
    assert lines[0]["geometry"]["coordinates"][0] == list(part.rows[0].line[0])


def test_gpx_has_the_structure_of_version_1_1(plan, part):
    root = etree.fromstring(exports.gpx(plan, part))

    assert root.tag == f"{{{GPX['g']}}}gpx"
    assert root.get("version") == "1.1"
    kinds = [etree.QName(child).localname for child in root]
    assert kinds == ["metadata", *["wpt"] * len(part.announced), "trk"]
    assert [etree.QName(c).localname for c in root[0]] == ["name", "copyright", "time"]
    assert {
        tuple(etree.QName(c).localname for c in wpt) for wpt in root.iterfind("g:wpt", GPX)
    } == {("time", "name", "desc")}


def test_gpx_credits_the_map_and_carries_the_whole_way(plan, part):
    root = etree.fromstring(exports.gpx(plan, part))

    assert root.find("g:metadata/g:copyright", GPX).get("author") == "OpenStreetMap contributors"
    segments = root.findall("g:trk/g:trkseg", GPX)
    assert [len(s) for s in segments] == [len(row.line) for row in part.rows]
    assert all(-90 <= float(p.get("lat")) <= 90 for p in root.iter(f"{{{GPX['g']}}}trkpt"))


def test_csv_has_a_header_and_a_line_for_each_row(plan, part):
    lines = list(csv.DictReader(io.StringIO(exports.table(plan, part).decode())))

    assert tuple(lines[0]) == exports.COLUMNS
    assert [line["no"] for line in lines] == [str(row.number or "") for row in part.rows]
    assert sum(float(line["people"]) for line in lines) == pytest.approx(part.people)


def test_csv_gives_one_instant_in_utc_and_in_local_time(plan, part):
    line = next(csv.DictReader(io.StringIO(exports.table(plan, part).decode())))

    assert line["start_local"].endswith("+02:00")
    assert datetime.fromisoformat(line["start_local"]) == datetime.fromisoformat(line["start_utc"])


def test_a_van_without_work_has_files_that_are_empty_but_sound(stop_plan):
    part = stop_plan.vans[0]

    assert etree.fromstring(exports.gpx(stop_plan, part)).find("g:trk", GPX) is not None
    assert exports.table(stop_plan, part).decode().strip() == ",".join(exports.COLUMNS)
    assert len(json.loads(exports.geojson(stop_plan, part))["features"]) == 2
