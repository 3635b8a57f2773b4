import json

import pytest
from shapely import box
from shapely.geometry import mapping

from warnbroker.errors import FileError
from warnbroker.targeting import read_regions


def feature(code, geometry=None, **properties):
    outline = geometry or mapping(box(113, 22, 114, 23))
    return {
        "type": "Feature",
        "properties": {"code": code, "name": {"en": code.title()}, **properties},
        "geometry": outline,
    }


@pytest.fixture
def write(tmp_path):
    def write(*features, **members):
        path = tmp_path / "regions.geojson"
        collection = {"type": "FeatureCollection", "features": list(features), **members}
        path.write_text(json.dumps(collection), encoding="utf-8")
        return path

    return write


def faults_of(path):
    with pytest.raises(FileError) as caught:
        read_regions(path)
    return str(caught.value).replace(f"{path}: ", "").splitlines()


def ring(*positions):
    return {"type": "Polygon", "coordinates": [[list(position) for position in positions]]}


def test_every_property_reaches_the_region(write):
    path = write(
        feature("city"),
        feature(
            "east",
            name={"zh-CN": "东区", "en": "East"},
            parent="city",
            population=1200,
            geocodes={"SAME": "001", "GBT2260": ["440302", "440303"]},
            timezone="Asia/Shanghai",
            authority="bureau",
            colour="of no interest",
        ),
    )

    city, east = read_regions(path)

    assert city.parent is None
    assert (east.code, east.parent, east.population) == ("east", "city", 1200)
    assert east.name("zh-CN") == "东区"
    assert east.geocodes == {"SAME": ("001",), "GBT2260": ("440302", "440303")}
    assert (east.time_zone, east.authority) == ("Asia/Shanghai", "bureau")
    assert east.geometry.bounds == (113, 22, 114, 23)


def test_a_plain_name_serves_every_language(write):
    (region,) = read_regions(write(feature("a", name="Helsinki")))

    assert region.name("zh-CN") == region.name("fi") == "Helsinki"


def test_holes_parts_and_heights_are_read(write):
    parts = box(0, 0, 4, 4).difference(box(1, 1, 2, 2)).union(box(6, 0, 7, 1))
    high = ring((0, 0, 5), (1, 0, 5), (1, 1, 5), (0, 0, 5))

    several, flat = read_regions(write(feature("a", mapping(parts)), feature("b", high)))

    assert several.geometry.equals(parts)
    assert flat.geometry.area == 0.5
    assert not flat.geometry.has_z


def test_all_faults_of_a_file_come_at_once(write):
    path = write(
        feature("a", parent="z"),
        feature("a"),
        feature("b", ring((0, 0), (1, 1), (0, 1), (1, 0), (0, 0))),
        feature("c", population=-1, timezone="Moon/Base", name=""),
        feature("d", parent="e"),
        feature("e", parent="d"),
        feature("f", parent="b"),
        feature("", {"type": "Point", "coordinates": [1, 2]}),
        "feature",
    )

    found = faults_of(path)

    assert len(found) == 10
    assert found[0].startswith("features[2] (code b): the outline is not valid (Self-intersection")
    assert found[1].startswith("features[3] (code c): name:")
    assert found[2].startswith("features[3] (code c): population:")
    assert found[3].startswith("features[3] (code c): timezone: 'Moon/Base' is no time zone")
    assert found[4].startswith("features[7]: code:")
    assert found[5] == "features[7]: the geometry must be a Polygon or a MultiPolygon"
    assert found[6] == "features[8]: not a GeoJSON Feature with properties"
    assert found[7] == "the code a stands 2 times; give each region its own"
    assert found[8] == "region a: its parent z is not in the file"
    assert found[9] == "the regions d, e are each other's parents; cut the circle"


@pytest.mark.parametrize(
    ("geometry", "fault"),
    [
        (ring((0, 0), (1, 0), (1, 1)), "needs at least 4 positions"),
        (ring((0, 0), (1, 0), (1, 1), (0, 1)), "the last equal to the first"),
        (ring((0, 0), (1, 0), (1, "x"), (0, 0)), "a list of [longitude, latitude]"),
        (ring((0, 0), (1, 0), (1, None), (0, 0)), "a list of [longitude, latitude]"),
        (ring((0, 0), (1, 0), (1,), (0, 0)), "a list of [longitude, latitude]"),
        (ring((200, 100), (201, 100), (201, 101), (200, 100)), "not on Earth; longitude comes"),
        (ring((22, 113), (22, 114), (23, 114), (22, 113)), "latitude and longitude look swapped"),
        ({"type": "Polygon", "coordinates": []}, "a polygon needs a list of rings"),
        ({"type": "Polygon", "coordinates": 7}, "a polygon needs a list of rings"),
        ({"type": "MultiPolygon", "coordinates": []}, "has no coordinates"),
        ({"type": "LineString", "coordinates": []}, "must be a Polygon or a MultiPolygon"),
        ([], "must be a Polygon or a MultiPolygon"),
    ],
)
def test_a_wrong_outline_says_what_to_correct(write, geometry, fault):
    broken = {**feature("a"), "geometry": geometry}

    (found,) = faults_of(write(broken))

    assert found.startswith("features[0] (code a): ")
    assert fault in found


def test_an_outline_that_meets_its_parent_only_when_swapped_is_named(write):
    parent = feature("helsinki", mapping(box(24.8, 60.1, 25.3, 60.3)))
    child = feature("kallio", mapping(box(60.18, 24.94, 60.19, 24.96)), parent="helsinki")

    assert faults_of(write(parent, child)) == ["region kallio: latitude and longitude look swapped"]


def test_a_child_may_reach_past_its_parent(write):
    parent = feature("a", mapping(box(0, 0, 1, 1)))
    child = feature("b", mapping(box(0.5, 0.5, 2, 2)), parent="a")

    assert len(read_regions(write(parent, child))) == 2


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "not a GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection"}', "not a GeoJSON FeatureCollection"),
        (b'{"type": "Feature", "features": [1]}', "not a GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": []}', "holds no regions"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_one_line(tmp_path, content, fault):
    path = tmp_path / "regions.geojson"
    path.write_bytes(content)

    (found,) = faults_of(path)

    assert fault in found


def test_a_missing_file_is_named_in_one_line(tmp_path):
    path = tmp_path / "none.geojson"

    with pytest.raises(FileError, match=r"none\.geojson: there is no such file"):
        read_regions(path)
