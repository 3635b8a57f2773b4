import json
from importlib.resources import files

import pytest
from hypothesis import given, settings

from tests.fuzz.seeds import FULL
from tests.unit.cap.test_round_trip import alerts
from warnbroker.cap import json_schema, parse_xml, to_json

KINDS = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int,
         "null": type(None), "boolean": bool}  # fmt: skip
KNOWN = {
    *("$defs", "$ref", "$schema", "additionalProperties", "anyOf", "const", "default", "enum"),
    *("description", "format", "items", "maxItems", "minItems", "minimum", "properties"),
    *("required", "title", "type"),
}
SCHEMA = json_schema()


def fits(value, schema):
    """Say whether a value is of a form; only the words that our schema uses are known."""
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "$ref" in schema:
        return fits(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return any(fits(value, one) for one in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    if "const" in schema:
        return value == schema["const"]
    return isinstance(value, KINDS[schema["type"]]) and inner_fits(value, schema)


def inner_fits(value, schema):
    if isinstance(value, list):
        least, most = schema.get("minItems", 0), schema.get("maxItems", len(value))
        return least <= len(value) <= most and all(fits(item, schema["items"]) for item in value)
    if not isinstance(value, dict):
        return value >= schema.get("minimum", value)
    known = schema["properties"]
    extra = schema.get("additionalProperties", True)
    return (
        set(schema.get("required", ())) <= set(value)
        and (extra or set(value) <= set(known))
        and all(fits(item, known[name]) for name, item in value.items() if name in known)
    )


def test_the_shipped_schema_is_that_of_the_code():
    shipped = files("warnbroker.cap").joinpath("schema", "alert.json").read_text("utf-8")

    assert json.loads(shipped) == SCHEMA


# No deadline: the machine that runs the tests may be busy.
@settings(deadline=None, max_examples=30)
@given(alerts)
def test_whatever_we_write_fits_the_schema(alert):
    assert fits(to_json(alert), SCHEMA)


@pytest.mark.parametrize(
    "change",
    [{"sender": None}, {"status": "Real"}, {"info": 3}, {"more": 1}, {"code": [1]},
     {"info": [{"event": "x"}]}, {"references": [{"sender": "a"}]}],
)  # fmt: skip
def test_what_is_wrong_does_not_fit(change):
    data = to_json(parse_xml(FULL.encode()))

    assert fits(data, SCHEMA)
    assert not fits(data | change, SCHEMA)


def test_polygons_fit_as_text_and_as_geojson():
    data = to_json(parse_xml(FULL.encode()))
    shape = {"type": "Polygon", "coordinates": [[[113, 22], [114, 22], [114, 23], [113, 22]]]}

    data["info"][0]["area"][0]["polygon"] = [shape]
    assert fits(data, SCHEMA)
    data["info"][0]["area"][0]["polygon"] = shape
    assert fits(data, SCHEMA)
    shape["coordinates"] = []
    assert not fits(data, SCHEMA)
