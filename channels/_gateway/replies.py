"""Answers to what people write, and what a gateway must be told of the alphabet of a text."""

from collections.abc import Mapping

from channels._gateway.blanks import in_header, parse
from channels._gateway.form import Spliced
from channels._segments import Encoding, segments


def measures(text: str) -> Mapping[str, str]:
    """Return what a text takes, by the names of the blanks that a description has for it."""
    size = segments(text)
    unicode = size.encoding is Encoding.UCS_2
    return {
        "segments": str(size.count),
        "unicode": "true" if unicode else "false",
        "coding": "2" if unicode else "0",
    }


def reply_headers(described: Mapping[str, str], reply: str) -> Mapping[str, str]:
    """Return the headers that a reply goes out with."""
    values = measures(reply)
    return {name: Spliced(parse(text), in_header)(values) for name, text in described.items()}
