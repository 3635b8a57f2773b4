"""Single values of relayed messages: what has one plain meaning is put right, the rest named."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import cache
from typing import TypeVar

from lxml import etree
from pydantic_core import PydanticCustomError

from warnbroker.cap import text as cap_text
from warnbroker.cap.document import quote
from warnbroker.cap.relay.node import Node
from warnbroker.cap.relay.register import Register
from warnbroker.model.alert import Circle, NamedValue, Position, Reference
from warnbroker.model.identity import cap_time

FIRST_YEAR, LAST_YEAR = 1900, 9000
"""What a local clock can show; other years are no readable time."""

Word = TypeVar("Word", bound=StrEnum)

_TIME = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ ]+)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?"
    r"(?:[.,][0-9]+)?[ ]*(Z|z|UTC|GMT|[+-][0-9]{1,2}(?::?[0-9]{2})?)?"
)
_LOOSE_COMMA = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")
_NUMBERS = re.compile(r"[ \t\r\n,]+")
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
_FURTHEST = timedelta(hours=14)
_LONGEST_TIME = 64


@dataclass(slots=True)
class Values:
    """Reads texts of nodes; ``zone`` is the offset that times without one are read with."""

    register: Register
    zone: tzinfo = UTC

    def moment(self, node: Node | None) -> datetime | None:
        """Return an instant, None where there is none that can be read."""
        value = cap_text.tidy(node.text) if node else ""
        if node is None or not value:
            return None
        moment = read_moment(value, self.zone)
        if moment is None:
            self._note("relay.time.unreadable", node, shown=quote(value))
        elif not has_offset(value):
            self._note("relay.time.zone", node, shown=quote(value), taken=cap_time(moment))
        elif value != cap_time(moment):
            self._note("relay.time.form", node, shown=quote(value), taken=cap_time(moment))
        return moment

    def word(self, node: Node | None, words: type[Word], default: Word | None) -> Word | None:
        """Return a word of a vocabulary; another way to write it counts, an unknown one does not.

        ``default`` stands for a word that nobody knows.
        """
        value = cap_text.tidy(node.text) if node else ""
        if node is None or not value:
            return None
        exact = next((word for word in words if word.value == value), None)
        if exact is not None:
            return exact
        near: Word | None = _spellings(words).get(re.sub(r"[\s_-]+", "", value).casefold())
        if near is not None:
            self._note("relay.value.form", node, shown=quote(value), taken=near)
            return near
        if default is None:
            self._note("relay.value.dropped", node, shown=quote(value), name=node.name)
        else:
            self._note(
                "relay.value.unknown", node, shown=quote(value), name=node.name, taken=default
            )
        return default

    def required(self, node: Node, name: str, words: type[Word], default: Word) -> Word:
        """Return a word that every parent must have; ``default`` where it has none."""
        found = self.word(node.one(name), words, default)
        if found is None:
            self._note("relay.element.missing", node, name=name, taken=default)
        return found or default

    def language(self, node: Node, default: str) -> str:
        """Return the language of an info."""
        child = node.one("language")
        value = cap_text.tidy(child.text) if child else ""
        if child is None or not value:
            self._note("relay.language.missing", node)
            return default
        tag = value.replace("_", "-")
        if not _LANGUAGE.fullmatch(tag):
            self._note(
                "relay.value.unknown", child, shown=quote(value), name="language", taken=default
            )
            return default
        if tag != value:
            self._note("relay.value.form", child, shown=quote(value), taken=tag)
        return tag

    def number(self, node: Node | None) -> float | None:
        """Return a decimal number."""
        value = cap_text.tidy(node.text) if node else ""
        if node is None or not value:
            return None
        try:
            return cap_text.read_decimal(value)
        except PydanticCustomError:
            self._note("relay.value.dropped", node, shown=quote(value), name=node.name)
            return None

    def size(self, node: Node | None) -> int | None:
        """Return a number of bytes."""
        value = cap_text.tidy(node.text) if node else ""
        if node is None or not value:
            return None
        try:
            return cap_text.read_size(value)
        except PydanticCustomError:
            self._note("relay.value.dropped", node, shown=quote(value), name=node.name)
            return None

    def link(self, node: Node | None) -> str:
        """Return a web address that the schema of CAP admits."""
        value = cap_text.tidy(node.text) if node else ""
        if node is None or not value or _is_uri(value):
            return value
        self._note("relay.value.dropped", node, shown=quote(value), name=node.name)
        return ""

    def pair(self, node: Node) -> NamedValue:
        """Return a named value; CAP 1.0 writes ``name=value``, others a value alone."""
        if node.children:
            return NamedValue(
                cap_text.tidy(node.words("valueName")), cap_text.tidy(node.words("value"))
            )
        value = cap_text.tidy(node.text)
        name, found, rest = value.partition("=")
        self._note("relay.pair.form", node, shown=quote(value))
        return NamedValue(name.strip(), rest.strip()) if found else NamedValue("", value)

    def listed(self, node: Node | None) -> tuple[str, ...]:
        """Return words parted by spaces; quotes that do not close are dropped."""
        if node is None:
            return ()
        value = cap_text.tidy(node.text)
        try:
            return cap_text.read_words(value)
        except PydanticCustomError:
            words = tuple(cap_text.tokens(value.replace('"', " ")))
            self._note("relay.value.form", node, shown=quote(value), taken=quote(" ".join(words)))
            return words

    def references(self, node: Node | None) -> tuple[Reference, ...]:
        """Return the messages referred to; what is no triple is left out."""
        if node is None:
            return ()
        found = []
        for token in cap_text.tokens(_LOOSE_COMMA.sub(",", node.text)):
            parts = token.split(",")
            sent = read_moment(parts[2], self.zone) if len(parts) == 3 else None
            if sent is None or not all(parts):
                self._note("relay.value.dropped", node, shown=quote(token), name="references")
                continue
            if parts[2] != cap_time(sent):
                self._note("relay.time.form", node, shown=quote(parts[2]), taken=cap_time(sent))
            found.append(Reference(parts[0], parts[1], sent))
        return tuple(found)

    def polygon(self, node: Node) -> tuple[Position, ...] | None:
        """Return a closed polygon, None where it cannot be read."""
        try:
            ring = cap_text.read_polygon(_LOOSE_COMMA.sub(",", cap_text.tidy(node.text)))
        except PydanticCustomError:
            ring = ()
        if len(set(ring)) < 3:
            self._note("relay.polygon.unreadable", node, shown=quote(node.text.strip()))
            return None
        if ring[0] != ring[-1]:
            self._note("relay.polygon.open", node)
            ring = (*ring, ring[0])
        return ring

    def circle(self, node: Node) -> Circle | None:
        """Return a circle, None where it cannot be read."""
        value = cap_text.tidy(node.text)
        try:
            return cap_text.read_circle(value)
        except PydanticCustomError:
            numbers = _NUMBERS.split(value)
        try:
            latitude, longitude, radius = (cap_text.read_decimal(number) for number in numbers)
        except (PydanticCustomError, ValueError):
            self._note("relay.circle.unreadable", node, shown=quote(value))
            return None
        circle = Circle((latitude, longitude), radius)
        taken = quote(cap_text.write_circle(circle))
        self._note("relay.value.form", node, shown=quote(value), taken=taken)
        return circle

    def _note(self, rule: str, node: Node, **blanks: object) -> None:
        self.register.note(rule, node.path, node.line, **blanks)


def has_offset(value: str) -> bool:
    """Say whether a time states its offset."""
    form = _TIME.fullmatch(value)
    return bool(form and form[7])


def read_moment(value: str, zone: tzinfo) -> datetime | None:
    """Return the instant that a text plainly means, in whole seconds; None where it means none.

    Without an offset it is read in ``zone``.
    """
    form = _TIME.fullmatch(value.strip()) if len(value) <= _LONGEST_TIME else None
    if form is None:
        return None
    try:
        numbers = [int(number) for number in form.groups(default="0")[:6]]
        year, month, day, hour, minute, second = numbers
        offset = _offset(form[7]) if form[7] else zone
        moment = datetime(year, month, day, hour, minute, second, tzinfo=offset)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if FIRST_YEAR <= year <= LAST_YEAR else None


def _offset(value: str) -> tzinfo:
    if value[0] not in "+-":
        return UTC
    digits = value[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) < 3 else (int(digits[:-2]), int(digits[-2:]))
    shift = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or shift > _FURTHEST:
        raise ValueError(value)
    return timezone(-shift if value[0] == "-" else shift)


@cache
def _spellings(words: type[Word]) -> dict[str, Word]:
    found = {word.value.casefold(): word for word in words}
    # CAP 1.0 graded "Very Likely" between Likely and certain (CAP 1.2, 3.2.2 certainty).
    if "likely" in found:
        found["verylikely"] = found["likely"]
    return found


@cache
def _uri_schema() -> etree.XMLSchema:
    return etree.XMLSchema(
        etree.XML(
            '<schema xmlns="http://www.w3.org/2001/XMLSchema"><element name="uri" '
            'type="anyURI"/></schema>'
        )
    )


def _is_uri(value: str) -> bool:
    element = etree.Element("uri")
    element.text = value
    return bool(_uri_schema().validate(element))
