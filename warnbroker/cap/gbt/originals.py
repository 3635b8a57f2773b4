"""What a message said word for word, kept as parameters, so that it can be written again.

They count only for the message that they came with, and only where they say the same as the
alert: an alert that was changed since is written from what it says now.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import orjson

from warnbroker.cap.gbt.outline import CHILDREN, NAMESPACES
from warnbroker.cap.gbt.reader import Data
from warnbroker.model.alert import Info, NamedValue

PREFIX = "gbt:"
IDENTITY = f"{PREFIX}alert/identifier"
_PRIVATE = frozenset({"phone", "audiencePrt"})
_TEXTS = {"xmlns"}.union(*CHILDREN.values()) - CHILDREN.keys() - _PRIVATE
_STEP = re.compile(r"(?P<name>\w+)(\[(?P<index>[0-9]{1,4})\])?", re.ASCII)


def without_private(data: Data) -> Data:
    """Return a message without what must not stand in a public one."""
    kept = {key: value for key, value in data.items() if key not in _PRIVATE}
    if "code" in kept:
        kept["code"] = [without_private(method) for method in kept["code"]]
    return kept


def differences(original: Data, written: Data) -> tuple[NamedValue, ...]:
    """Return the parameters that keep what ``written`` does not say as ``original`` does."""
    before, after = dict(_leaves(without_private(original))), dict(_leaves(written))
    found = [
        NamedValue(f"{PREFIX}{path}", before.get(path, ""))
        for path in dict.fromkeys((*before, *after))
        if before.get(path, "") != after.get(path, "")
    ]
    if not found:
        return ()
    return (NamedValue(IDENTITY, original["identifier"]), *found)


def kept_in(info: Info, identifier: str) -> Mapping[str, str]:
    """Return what is kept of the message with an identifier, by path."""
    if info.parameter(IDENTITY) != identifier:
        return {}
    pairs = (pair for pair in info.parameters if pair.name.startswith(PREFIX))
    return {pair.name.removeprefix(PREFIX): pair.value for pair in pairs}


def restored(data: Data, path: str, text: str) -> Data | None:
    """Return a message with one text as it was, None where the path does not fit it."""
    result = deepcopy(data)
    if path == "code":
        result["code"] = _methods(text)
        return result if result["code"] is not None else None
    place: Any = result
    steps = path.removeprefix("alert/").split("/")
    if steps[-1] not in _TEXTS or (steps[-1] == "xmlns" and text not in NAMESPACES):
        return None
    for step in steps[:-1]:
        place = _below(place, step)
        if place is None:
            return None
    place[steps[-1]] = text
    return result


def _below(place: Any, step: str) -> Any:
    found = _STEP.fullmatch(step)
    inner = place.get(found["name"]) if found and isinstance(place, dict) else None
    if found is None or found["index"] is None:
        return inner if isinstance(inner, dict) else None
    index = int(found["index"])
    return inner[index] if isinstance(inner, list) and index < len(inner) else None


def _methods(text: str) -> list[Data] | None:
    if not text:
        return []
    try:
        rows = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    names = ("methodName", "message", "audienceGrp")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return None
    return [
        {name: str(value) for name, value in zip(names, row, strict=False) if value} for row in rows
    ]


def _leaves(data: Data) -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        if name == "code":
            rows = [[m.get(n, "") for n in ("methodName", "message", "audienceGrp")] for m in value]
            yield "code", orjson.dumps(rows).decode()
        elif name == "info":
            yield from _info_leaves(value)
        elif value or name == "xmlns":
            yield f"alert/{name}", value


def _info_leaves(info: Data) -> Iterator[tuple[str, str]]:
    for name, value in info.items():
        if not isinstance(value, list):
            yield f"info/{name}", value
            continue
        for index, item in enumerate(value):
            yield from ((f"info/{name}[{index}]/{key}", text) for key, text in item.items())
