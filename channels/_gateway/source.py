"""What a gateway sent, an answer or a callback, and what stands where in it."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson

from channels._gateway.description import Place
from warnbroker.errors import UnreadableError

MAX_BODY = 256 * 1024
MAX_FIELDS = 200
MAX_ITEMS = 2_000
_MAX_VALUE = 2_000


class Source:
    """A body with its headers and query; it is parsed when somebody looks into it."""

    def __init__(
        self, body: bytes, headers: Mapping[str, str], query: str = "", *, content: Any = None
    ) -> None:
        self.body, self._headers, self._query = body, headers, query
        self._content = content
        self._is_parsed = content is not None

    def at(self, place: Place | None) -> str:
        """Return what stands at a place, as text; empty where there is nothing."""
        if place is None:
            return ""
        if place.json_path and (found := _text(self.value(place.json_path))):
            return found
        if place.form and (found := self._fields.get(place.form, "")):
            return found
        if place.query and (found := self._asked.get(place.query, "")):
            return found
        if place.header and (found := self.header(place.header)):
            return found
        return _matched(place.regex, self._text) if place.regex else ""

    def header(self, name: str) -> str:
        """Return a header in whatever case it came."""
        wanted = name.lower()
        return next((value for key, value in self._headers.items() if key.lower() == wanted), "")

    def query(self, name: str) -> str:
        """Return a field of the query."""
        return self._asked.get(name, "")

    def value(self, path: str) -> Any:
        """Return what stands at a path in the JSON, None where there is nothing."""
        found = self._content if self._is_parsed else self.content
        for step in _steps(path):
            if isinstance(found, dict):
                found = found.get(step)
            elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            else:
                return None
        return found

    def each(self, path: str) -> Sequence["Source"]:
        """Return one source for each item of a list in the JSON; itself without a path.

        Raises:
            UnreadableError: there is no list, or one too long.
        """
        if not path:
            return (self,)
        items = self.value(path) if path != "." else self.content
        if not isinstance(items, list) or len(items) > MAX_ITEMS:
            raise UnreadableError(f"there must be a list of at most {MAX_ITEMS} reports")
        return [Source(self.body, self._headers, self._query, content=item) for item in items]

    @property
    def content(self) -> Any:
        """Return the JSON, None where it is none."""
        if not self._is_parsed:
            self._is_parsed = True
            try:
                self._content = orjson.loads(self.body)
            except orjson.JSONDecodeError:
                self._content = None
        return self._content

    @cached_property
    def _text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @cached_property
    def _fields(self) -> Mapping[str, str]:
        return _pairs(self._text)

    @cached_property
    def _asked(self) -> Mapping[str, str]:
        return _pairs(self._query)


@lru_cache(maxsize=256)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _pairs(text: str) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        return {}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value[:_MAX_VALUE]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)[:_MAX_VALUE] if isinstance(value, (int, float)) else ""


@lru_cache(maxsize=64)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _matched(pattern: str, text: str) -> str:
    found = _pattern(pattern).search(text)
    return (found[1] or "")[:_MAX_VALUE] if found else ""
