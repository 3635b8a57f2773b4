"""CAP as JSON to plain data: strict UTF-8 JSON, bounded in depth and size, no repeated key."""

import json
from collections import Counter
from collections.abc import Iterable

import orjson

from warnbroker.cap.document import MAX_DEPTH, MAX_NODES, MAX_VALUES, MEBIBYTE, Document, quote
from warnbroker.errors import Fault, TooLargeError, UnreadableError


def load_json(body: bytes, limit: int = MEBIBYTE) -> Document:
    """Read a CAP message in JSON form; repeated keys are faults of the document.

    Raises:
        TooLargeError: the body is longer than ``limit`` bytes.
        UnreadableError: it is not JSON, or not safe to read.
    """
    if len(body) > limit:
        raise TooLargeError(f"the message has {len(body)} bytes; the limit is {limit}")
    text = body.removeprefix(b"\xef\xbb\xbf")
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableError(f"not JSON: {error}") from None
    _refuse_bombs(data)
    return Document(data, faults=_repeated_keys(text))


def _refuse_bombs(data: object) -> None:
    layer, depth, nodes, values = [data], 0, 0, 0
    while layer:
        depth += 1
        containers = [value for value in layer if isinstance(value, (dict, list))]
        nodes += len(containers)
        values += len(layer)
        if depth > MAX_DEPTH:
            raise UnreadableError(f"objects and lists are nested more than {MAX_DEPTH} deep")
        if nodes > MAX_NODES or values > MAX_VALUES:
            raise UnreadableError(f"there are more than {MAX_NODES} objects or {MAX_VALUES} values")
        layer = [child for parent in containers for child in _children(parent)]


def _children(parent: dict[str, object] | list[object]) -> Iterable[object]:
    return parent.values() if isinstance(parent, dict) else parent


def _repeated_keys(text: bytes) -> tuple[Fault, ...]:
    """Find keys that stand twice in one object: readers differ in which of the two they take."""
    repeated: Counter[str] = Counter()

    def note(pairs: list[tuple[str, object]]) -> None:
        if len(pairs) > 1:
            counts = Counter(key for key, _ in pairs)
            repeated.update(key for key, count in counts.items() if count > 1)

    json.loads(text, object_pairs_hook=note, parse_int=str, parse_float=str)
    return tuple(
        Fault("cap.json.repeated", f"the key {quote(key)} stands twice in one object; keep one")
        for key in repeated
    )
