"""The small languages inside CAP's elements: times, numbers, positions, word lists, triples.

Each ``read_…`` raises ``PydanticCustomError`` whose type is the id of the broken rule.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from math import inf, isfinite

from pydantic_core import PydanticCustomError

from warnbroker.cap.document import quote
from warnbroker.model.alert import Circle, Position, Reference
from warnbroker.model.identity import cap_time

TIME_FORM = "YYYY-MM-DDThh:mm:ss+hh:mm"
TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_SIZE = re.compile(r"\+?[0-9]{1,15}")
_SPACES = " \t\r\n"
_SPACE = re.compile(r"[ \t\r\n]+")
_WORD = re.compile(r'[ \t\r\n]*(?:"([^"]+)"|([^ \t\r\n"]+))(?=[ \t\r\n]|$)')
# Everything but the characters of XML 1.0, section 2.2.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LARGEST_OFFSET_MINUTES = 14 * 60


def fault(rule: str, message: str) -> PydanticCustomError:
    """Make the error that tells the forms which rule a value breaks."""
    return PydanticCustomError(rule, "{message}", {"message": message})


def tokens(text: str) -> list[str]:
    """Split a text at XML's white space."""
    return [token for token in _SPACE.split(text) if token]


def legal(text: str) -> str:
    """Return a text unchanged; refuse characters that XML cannot hold."""
    found = _ILLEGAL.search(text)
    if found:
        code = f"U+{ord(found[0]):04X}"
        raise fault("cap.characters", f"the character {code} is not allowed; remove it")
    return text


def tidy(text: str) -> str:
    """Return a text without white space around it and with plain line ends."""
    return legal(text).replace("\r\n", "\n").replace("\r", "\n").strip(_SPACES)


def read_time(text: str) -> datetime:
    """Read a CAP instant (CAP 1.2, 3.3.2); the offset is kept."""
    value = text.strip(_SPACES)
    form = TIME.fullmatch(value)
    if form is None:
        raise fault("cap.time.form", f"{quote(value)} is no time; write {TIME_FORM}")
    fraction, zone = form.groups()
    if zone is None:
        raise fault("cap.time.zone", f"{quote(value)} has no offset; write {TIME_FORM}")
    if zone == "Z":
        raise fault("cap.time.z", f"{quote(value)} uses Z; write the offset, -00:00 for UTC")
    if fraction:
        raise fault("cap.time.fraction", f"{quote(value)} has fractions of seconds; remove them")
    return _calendar(value)


def _calendar(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        # Years 1 and 9999 may have no UTC form.
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise fault("cap.time.calendar", f"{quote(value)} is no real date and time") from None
    hours, minutes = int(value[-5:-3]), int(value[-2:])
    if minutes > 59 or hours * 60 + minutes > _LARGEST_OFFSET_MINUTES:
        raise fault("cap.time.calendar", f"{quote(value)} has no real offset; ±14:00 is the most")
    return moment


def read_decimal(text: str) -> float:
    """Read a decimal number without exponent, as ``xs:decimal`` is."""
    value = text.strip(_SPACES)
    number = _finite(value)
    if number is None:
        raise fault("cap.number.form", f"{quote(value)} is no decimal number; write such as 12.5")
    return number


def _finite(text: str) -> float | None:
    number = float(text) if _DECIMAL.fullmatch(text) else inf
    return number if isfinite(number) else None


def read_size(text: str) -> int:
    """Read a number of bytes."""
    value = text.strip(_SPACES)
    if not _SIZE.fullmatch(value):
        raise fault("cap.number.form", f"{quote(value)} is no whole number of bytes")
    return int(value)


def write_decimal(number: float) -> str:
    """Write a number as ``xs:decimal``: shortest form that reads back equal, no exponent."""
    text = format(Decimal(repr(float(number))), "f")
    return text.removesuffix(".0")


def read_polygon(text: str) -> tuple[Position, ...]:
    """Read positions parted by white space (CAP 1.2, 3.2.4 polygon)."""
    return tuple(_read_position(pair, "cap.area.polygon.form") for pair in tokens(text))


def read_circle(text: str) -> Circle:
    """Read ``latitude,longitude radius`` (CAP 1.2, 3.2.4 circle); the radius is in kilometres."""
    parts = tokens(text)
    radius = _finite(parts[1]) if len(parts) == 2 else None
    if radius is None:
        message = f"{quote(text)} is no circle; write latitude,longitude, a space, the radius in km"
        raise fault("cap.area.circle.form", message)
    return Circle(_read_position(parts[0], "cap.area.circle.form"), radius)


def _read_position(text: str, rule: str) -> Position:
    latitude, _, longitude = text.partition(",")
    numbers = _finite(latitude), _finite(longitude)
    if numbers[0] is None or numbers[1] is None:
        message = f"{quote(text)} is no position; write latitude,longitude such as 39.9,116.4"
        raise fault(rule, message)
    return numbers[0], numbers[1]


def write_position(position: Position) -> str:
    """Write ``latitude,longitude``."""
    return ",".join(write_decimal(number) for number in position)


def write_circle(circle: Circle) -> str:
    """Write ``latitude,longitude radius``."""
    return f"{write_position(circle.center)} {write_decimal(circle.radius)}"


def read_words(text: str) -> tuple[str, ...]:
    """Read words parted by white space; a word with spaces stands in double quotes."""
    words, at = [], 0
    text = text.rstrip(_SPACES)
    while at < len(text):
        word = _WORD.match(text, at)
        if word is None:
            raise fault("cap.words.form", f"close the double quotes near {quote(text[at:])}")
        words.append(word[1] or word[2])
        at = word.end()
    return tuple(words)


def write_words(words: Iterable[str]) -> str:
    """Write words as ``read_words`` reads them."""
    return " ".join(f'"{word}"' if _SPACE.search(word) else word for word in words)


def read_triple(text: str) -> Reference:
    """Read ``sender,identifier,sent``."""
    parts = text.split(",")
    if len(parts) != 3 or not all(parts) or tokens(text) != [text]:
        message = f"{quote(text)} is no reference; write sender,identifier,sent"
        raise fault("cap.alert.references.form", message)
    return Reference(parts[0], parts[1], read_time(parts[2]))


def read_triples(text: str) -> tuple[Reference, ...]:
    """Read references parted by white space (CAP 1.2, 3.2.1 references)."""
    return tuple(read_triple(triple) for triple in tokens(text))


def write_triples(references: Iterable[Reference]) -> str:
    """Write references as ``read_triples`` reads them."""
    return " ".join(f"{ref.sender},{ref.identifier},{cap_time(ref.sent)}" for ref in references)
