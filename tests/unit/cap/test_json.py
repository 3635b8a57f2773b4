import copy

import orjson
import pytest

from warnbroker.cap import json_schema, parse_json, parse_xml, read_json, to_json
from warnbroker.errors import AlertError, UnreadableError
from warnbroker.model.alert import Circle


@pytest.fixture
def message(plain):
    return to_json(parse_xml(plain()))


def parse(message):
    return parse_json(orjson.dumps(message))


def faults_of(body):
    with pytest.raises(AlertError) as caught:
        parse_json(body)
    return caught.value.faults


def rules_of(message):
    return [fault.rule for fault in faults_of(orjson.dumps(message))]


def test_the_json_form_says_the_same_as_the_xml(full):
    alert = parse_xml(full)

    assert parse(to_json(alert)) == alert


def test_single_values_stand_for_lists_and_null_for_absent(message):
    info = message["info"][0]
    info["category"] = "Met"
    info["area"] = {**info["area"][0], "polygon": info["area"][0]["polygon"][0], "circle": None}
    single = {**message, "info": info, "note": None}

    assert parse(single) == parse(message)


def test_polygons_may_be_geojson_and_circles_objects(message):
    other = copy.deepcopy(message)
    ring = [[113, 22], [114, 22], [114, 23], [113, 23], [113, 22]]
    other["info"][0]["area"][0] |= {
        "polygon": {"type": "Polygon", "coordinates": [ring]},
        "circle": {"center": [22.5, 113.5], "radius": 4},
    }

    area = parse(other).infos[0].areas[0]

    assert area.polygons == (((22, 113), (22, 114), (23, 114), (23, 113), (22, 113)),)
    assert area.circles == (Circle((22.5, 113.5), 4),)


def test_references_may_be_objects_triples_or_text(message):
    triple = "duty@storm.example,a-0,2026-11-23T01:10:00+08:00"
    sender, identifier, sent = triple.split(",")
    as_object = {"sender": sender, "identifier": identifier, "sent": sent}

    found = [
        parse({**message, "references": form}).references
        for form in (triple, [triple], [as_object])
    ]

    assert found[0][0].identifier == "a-0"
    assert found[0] == found[1] == found[2]


def test_words_may_be_a_list(message):
    alert = parse({**message, "incidents": ["surge", "tide two"]})

    assert alert.incidents == ("surge", "tide two")
    assert to_json(alert)["incidents"] == 'surge "tide two"'


def test_all_faults_come_at_once_with_their_paths(message):
    info = message["info"][0]
    info["severity"] = "Worst"
    info["expires"] = "tomorrow"
    info["area"].append({"polygon": [7], "colour": "red"})
    del message["sent"]

    found = {(fault.rule, fault.path) for fault in faults_of(orjson.dumps(message))}

    assert found == {
        ("cap.alert.sent.required", "sent"),
        ("cap.info.severity.value", "info[0]/severity"),
        ("cap.time.form", "info[0]/expires"),
        ("cap.area.area_desc.required", "info[0]/area[1]/areaDesc"),
        ("cap.type", "info[0]/area[1]/polygon[0]"),
        ("cap.area.unknown", "info[0]/area[1]/'colour'"),
    }


@pytest.mark.parametrize(
    ("area", "rule"),
    [
        ({"polygon": {"type": "Polygon", "coordinates": [[], []]}}, "cap.area.polygon.hole"),
        ({"polygon": {"type": "MultiPolygon", "coordinates": []}}, "cap.area.polygon.form"),
        ({"polygon": {"type": "Polygon", "coordinates": 7}}, "cap.area.polygon.form"),
        ({"polygon": {"type": "Polygon", "coordinates": [7]}}, "cap.area.polygon.form"),
        ({"polygon": {"type": "Polygon", "coordinates": [[["a", 1]]]}}, "cap.number.form"),
        ({"polygon": {"type": "Polygon", "coordinates": [[[1, 2, 3]]]}}, "cap.area.polygon.form"),
        ({"circle": {"center": [1, 2]}}, "cap.area.circle.form"),
        ({"circle": {"center": [1], "radius": 2}}, "cap.area.circle.form"),
        ({"circle": {"center": [1, 2], "radius": True}}, "cap.type"),
        ({"altitude": "low"}, "cap.number.form"),
        ({"altitude": False}, "cap.type"),
        ({"geocode": "440300"}, "cap.type"),
        ({"areaDesc": 7}, "cap.type"),
        ({"areaDesc": "East\u0000"}, "cap.characters"),
    ],
)
def test_a_wrong_area_names_its_rule(message, area, rule):
    message["info"][0]["area"][0] |= area

    assert rules_of(message) == [rule]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"references": ["x"]}, "cap.alert.references.form"),
        ({"references": [{"sender": "a"}]}, "cap.alert.references.form"),
        ({"references": [{"sender": "a", "identifier": "b c", "sent": "x"}]},
         "cap.alert.references.form"),
        ({"references": 7}, "cap.type"),
        ({"addresses": ["a", ""]}, "cap.words.form"),
        ({"identifier": "a\u0007"}, "cap.characters"),
        ({"sent": 1700000000}, "cap.type"),
        ({"info": ["x"]}, "cap.type"),
        ({"status": ["Actual"]}, "cap.alert.status.value"),
    ],
)  # fmt: skip
def test_a_wrong_alert_names_its_rule(message, change, rule):
    assert rules_of(message | change) == [rule]


def test_a_repeated_key_is_refused():
    assert "cap.json.repeated" in [fault.rule for fault in faults_of(b'{"sent": 1, "sent": 2}')]


def test_json_that_is_no_object_is_no_alert():
    assert [fault.rule for fault in faults_of(b"[]")] == ["cap.type"]


@pytest.mark.parametrize(
    "body", [b"", b"<alert/>", b'{"a": NaN}', b'{"a": 1,}', b'{"a": "\\ud800"}', b'{"a": 1e999}']
)
def test_what_is_not_json_is_unreadable(body):
    with pytest.raises(UnreadableError, match="not JSON"):
        parse_json(body)


def test_a_zero_offset_with_plus_is_read_with_a_warning(message):
    message["sent"] = "2026-11-22T18:10:00+00:00"

    assert [w.path for w in read_json(orjson.dumps(message)).warnings] == ["sent"]


def test_the_schema_names_every_element_and_lets_single_values_stand_for_lists():
    schema = json_schema()

    info = schema["$defs"]["InfoForm"]["properties"]
    assert {"msgType", "references", "info"} <= set(schema["properties"])
    assert {"responseType", "senderName", "eventCode"} <= set(info)
    assert [form.get("type") for form in info["area"]["anyOf"]] == [None, "array"]
    assert set(schema["required"]) == {
        "identifier", "sender", "sent", "status", "msgType", "scope",
    }  # fmt: skip
