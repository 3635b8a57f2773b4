"""Texts with blanks, ``{NAME}``: filled in as the place that they stand in wants it written."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

Write = Callable[[str], str]
"""Writes a value so that it cannot leave its place."""


@dataclass(frozen=True, slots=True)
class Blank:
    """A place for a value; ``raw`` ones take what is JSON already, such as a number."""

    name: str
    raw: bool = False


Pieces = tuple[str | Blank, ...]

_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z_][a-z0-9_]*)(:raw)?\}|[{}]")
_HARMLESS = re.compile(r"[ !#-\[\]-~]*")
_BREAK = re.compile(r"[\x00-\x1f\x7f]")


def in_address(value: str) -> str:
    """Write a value into a path."""
    return quote(value, safe="")


def in_json(value: str) -> str:
    """Write a value into a text of JSON."""
    return value if _HARMLESS.fullmatch(value) else json.dumps(value, ensure_ascii=False)[1:-1]


def in_header(value: str) -> str:
    """Write a value into a header, where nothing may begin another line."""
    return _BREAK.sub(" ", value)


def in_markup(value: str) -> str:
    """Write a value into XML."""
    return escape(value, {'"': "&quot;"})


def as_it_is(value: str) -> str:
    """Write a value into plain text."""
    return value


HARMLESS: Mapping[Write, re.Pattern[str]] = {
    in_json: _HARMLESS,
    in_header: re.compile(r"[^\x00-\x1f\x7f]*"),
    as_it_is: re.compile(r"(?s).*"),
}
"""What stays as it is, however many values it is; numbers, keys and addresses are such."""


def parse(text: str, literal: Write = as_it_is) -> Pieces:
    """Return the pieces of a text; ``literal`` writes what stands between the blanks.

    ``{{`` and ``}}`` stand for one bracket.

    Raises:
        ValueError: a bracket stands alone.
    """
    return joined(_tokens(text, literal))


def _tokens(text: str, literal: Write) -> Iterator[str | Blank]:
    end = 0
    for found in _TOKEN.finditer(text):
        yield literal(text[end : found.start()])
        end = found.end()
        if found[1]:
            yield Blank(found[1], raw=bool(found[2]))
        elif len(found[0]) == 2:
            yield literal(found[0][0])
        else:
            raise ValueError(f"a bracket {found[0]} stands alone; write {found[0] * 2} for itself")
    yield literal(text[end:])


def parse_json(content: Any) -> Pieces:
    """Return the pieces of a JSON document whose texts have blanks.

    Raises:
        ValueError: a bracket stands alone, or a text mixes a raw blank with others.
    """
    return joined(_document(content))


def _document(content: Any) -> Iterator[str | Blank]:
    if isinstance(content, Mapping):
        for number, (key, value) in enumerate(content.items()):
            yield f"{',' if number else '{'}{json.dumps(str(key), ensure_ascii=False)}:"
            yield from _document(value)
        yield "}" if content else "{}"
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield "," if number else "["
            yield from _document(value)
        yield "]" if content else "[]"
    elif isinstance(content, str):
        yield from _quoted(parse(content, in_json))
    else:
        yield json.dumps(content)


def _quoted(pieces: Pieces) -> Iterator[str | Blank]:
    raw = [piece for piece in pieces if isinstance(piece, Blank) and piece.raw]
    if raw and len(pieces) > 1:
        raise ValueError(f"{{{raw[0].name}:raw}} must stand alone in its text")
    yield from pieces if raw else ('"', *pieces, '"')


def filled(pieces: Pieces, values: Mapping[str, str], write: Write) -> Pieces:
    """Return the pieces with those values written in; other blanks stay."""
    return joined(
        (values[piece.name] if piece.raw else write(values[piece.name]))
        if isinstance(piece, Blank) and piece.name in values
        else piece
        for piece in pieces
    )


def joined(pieces: Iterator[str | Blank]) -> Pieces:
    """Return the pieces with neighbouring texts put together and empty ones left out."""
    kept: list[str | Blank] = []
    for piece in pieces:
        if isinstance(piece, str) and kept and isinstance(kept[-1], str):
            kept[-1] += piece
        elif piece != "":
            kept.append(piece)
    return tuple(kept)


def names(pieces: Pieces) -> set[str]:
    """Return the names of the blanks."""
    return {piece.name for piece in pieces if isinstance(piece, Blank)}
