"""The types of the fields in the JSON form of CAP; what XML gives as text fits them too."""

from datetime import datetime
from math import isfinite
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetJsonSchemaHandler,
    PlainValidator,
    StrictStr,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from warnbroker.cap import text
from warnbroker.cap.document import quote
from warnbroker.model.alert import Circle, Position, Reference

T = TypeVar("T")

_PAIR_OF_NUMBERS = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_TEXT = {"type": "string"}
_WORDS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}


def as_list(value: Any) -> Any:
    """Let a single value stand where a list is expected."""
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise text.fault("cap.type", "must be text")
    return text.legal(value)


def _time(value: Any) -> datetime:
    return text.read_time(_text(value))


def _number(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value):
        return float(value)
    return text.read_decimal(_text(value))


def _size(value: Any) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return text.read_size(str(value) if whole else _text(value))


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return text.read_words(_text(value))
    words = tuple(_text(word) for word in value)
    if any(not word or '"' in word for word in words):
        raise text.fault("cap.words.form", "an item must not be empty or hold double quotes")
    return words


def _references(value: Any) -> tuple[Reference, ...]:
    if not isinstance(value, list):
        return text.read_triples(_text(value))
    return tuple(_reference(item) for item in value)


def _reference(value: Any) -> Reference:
    if not isinstance(value, dict):
        return text.read_triple(_text(value))
    if set(value) != {"sender", "identifier", "sent"}:
        message = "a reference needs exactly sender, identifier and sent"
        raise text.fault("cap.alert.references.form", message)
    return text.read_triple(",".join(_text(value[key]) for key in ("sender", "identifier", "sent")))


def _polygon(value: Any) -> tuple[Position, ...]:
    if not isinstance(value, dict):
        return text.read_polygon(_text(value))
    rings = value.get("coordinates")
    if value.get("type") != "Polygon" or not isinstance(rings, list) or not rings:
        message = "give a GeoJSON Polygon or positions as text; one polygon per item"
        raise text.fault("cap.area.polygon.form", message)
    if len(rings) > 1:
        message = "CAP polygons have no holes; cut the area into polygons without holes"
        raise text.fault("cap.area.polygon.hole", message)
    ring = rings[0] if isinstance(rings[0], list) else [rings[0]]
    return tuple(_from_lon_lat(item) for item in ring)


def _from_lon_lat(value: Any) -> Position:
    """Turn a GeoJSON position (longitude, latitude) into CAP's order."""
    longitude, latitude = _pair(value, "cap.area.polygon.form", "[longitude, latitude]")
    return latitude, longitude


def _pair(value: Any, rule: str, form: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise text.fault(rule, f"{quote(value)} is no position; write {form}")
    return _number(value[0]), _number(value[1])


def _circle(value: Any) -> Circle:
    if not isinstance(value, dict):
        return text.read_circle(_text(value))
    if set(value) != {"center", "radius"}:
        raise text.fault("cap.area.circle.form", "a circle needs exactly center and radius")
    center = _pair(value["center"], "cap.area.circle.form", "[latitude, longitude]")
    return Circle(center, _number(value["radius"]))


Text = Annotated[StrictStr, AfterValidator(text.tidy)]
"""Free text, without white space around it."""

Token = Annotated[StrictStr, AfterValidator(text.legal)]
"""Text that counts to the character."""

Time = Annotated[
    datetime,
    PlainValidator(_time),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": f"{text.TIME_FORM}; no Z, no fractions; UTC is -00:00",
        }
    ),
]
Number = Annotated[float, PlainValidator(_number), WithJsonSchema({"type": "number"})]
Size = Annotated[int, PlainValidator(_size), WithJsonSchema({"type": "integer", "minimum": 0})]
Words = Annotated[
    tuple[str, ...],
    PlainValidator(_words),
    WithJsonSchema({**_WORDS, "description": "parted by spaces; double quotes around spaces"}),
]
References = Annotated[
    tuple[Reference, ...],
    PlainValidator(_references),
    WithJsonSchema(
        {
            "anyOf": [
                {**_TEXT, "description": "sender,identifier,sent triples parted by spaces"},
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": dict.fromkeys(("sender", "identifier", "sent"), _TEXT),
                        "required": ["sender", "identifier", "sent"],
                        "additionalProperties": False,
                    },
                },
            ]
        }
    ),
]
CapPolygon = Annotated[
    tuple[Position, ...],
    PlainValidator(_polygon),
    WithJsonSchema(
        {
            "anyOf": [
                {**_TEXT, "description": "latitude,longitude pairs parted by spaces"},
                {
                    "type": "object",
                    "description": "a GeoJSON Polygon (longitude, latitude) without holes",
                    "properties": {
                        "type": {"const": "Polygon"},
                        "coordinates": {
                            "type": "array",
                            "items": {"type": "array", "items": _PAIR_OF_NUMBERS},
                            "minItems": 1,
                            "maxItems": 1,
                        },
                    },
                    "required": ["type", "coordinates"],
                },
            ]
        }
    ),
]
CapCircle = Annotated[
    Circle,
    PlainValidator(_circle),
    WithJsonSchema(
        {
            "anyOf": [
                {**_TEXT, "description": "latitude,longitude radius; kilometres"},
                {
                    "type": "object",
                    "properties": {"center": _PAIR_OF_NUMBERS, "radius": {"type": "number"}},
                    "required": ["center", "radius"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class _SingleToo:
    """Says in the JSON Schema that a list of one may be written as its item."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        array = handler(schema)
        return {"anyOf": [array["items"], array]}


Many = Annotated[list[T], BeforeValidator(as_list), _SingleToo()]
"""A list; a single value stands for a list of one."""
