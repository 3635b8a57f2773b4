"""The subscriber list as CSV (docs/subscribers.md): read line by line, bad lines told apart."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from email_validator import EmailNotValidError, validate_email

from warnbroker.contracts.operator_file import unreadable
from warnbroker.intake.csv_records import Record, read_lines, records
from warnbroker.intake.subscriber_header import columns, separated
from warnbroker.model.enums import Category
from warnbroker.model.subscriber import AddressKind, Subscriber

HEADER = (
    "ref", "name", "phone", "email", "voice", "language", "regions", "lat", "lon", "min_level",
    "categories", "channels", "quiet_hours", "role", "drills",
)  # fmt: skip
LONGEST_FIELD = 1_000
LONGEST_ADDRESS = 4_096

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_QUIET = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]")
_YES_NO = {"yes": True, "no": False, "": False}


@dataclass(frozen=True, slots=True)
class Entry:
    """A good line, and whom it names."""

    line: int
    person: Subscriber


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that was not taken; ``field`` is empty where it is the line as a whole."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The codes that a line may use; each of ``kinds`` may be a column of addresses."""

    levels: frozenset[str]
    regions: frozenset[str]
    channels: frozenset[str]
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _FieldError(Exception):
    field: str
    reason: str


def read_rows(
    file: Path, vocabulary: Vocabulary, progress: Callable[[int], None]
) -> Iterator[Entry | Reject]:
    """Read a list, one result a line; ``progress`` is told how many bytes are read.

    Raises:
        FileError: the file cannot be read, or its header is not ours.
    """
    try:
        # One byte that is no UTF-8 spoils its own line, not the file.
        source = file.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise unreadable(file, error) from error
    try:
        with source:
            separator, lines = separated(_counted(read_lines(source), progress))
            rows = records(lines, separator=separator)
            found = columns(file, next(rows, None), columns_of(vocabulary.kinds))
            yield from _entries(rows, found, vocabulary)
    except OSError as error:
        raise unreadable(file, error) from error


def _counted(lines: Iterable[str], progress: Callable[[int], None]) -> Iterator[str]:
    read = 0
    for text in lines:
        read += len(text.encode("utf-8", "surrogateescape"))
        progress(read)
        yield text


def write_rows(
    target: TextIO,
    page: Iterable[Subscriber],
    columns: Sequence[str] = HEADER,
    *,
    header: bool = False,
) -> int:
    """Write subscribers, with the header line first if asked; return how many."""
    writer = csv.writer(target)
    if header:
        writer.writerow(columns)
    count = 0
    for person in page:
        count += 1
        lat, lon = person.position or ("", "")
        writer.writerow(
            [
                person.ref,
                person.name,
                person.addresses.get(AddressKind.PHONE, ""),
                person.addresses.get(AddressKind.EMAIL, ""),
                person.addresses.get(AddressKind.VOICE, ""),
                person.language,
                ";".join(person.regions),
                lat,
                lon,
                person.min_level,
                ";".join(person.categories),
                ";".join(person.channels),
                person.quiet_hours,
                person.role,
                "yes" if person.drills else "no",
                *(person.addresses.get(kind, "") for kind in columns[len(HEADER) :]),
            ]
        )
    return count


def columns_of(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the columns of a list, with one for each kind of address that a channel brings."""
    return (*HEADER, *sorted(set(kinds) - set(AddressKind) - set(HEADER)))


def _entries(
    rows: Iterable[Record], found: tuple[str, ...], vocabulary: Vocabulary
) -> Iterator[Entry | Reject]:
    for row in rows:
        if row.fault:
            yield Reject(row.line, "", row.fault)
            continue
        values = dict.fromkeys(HEADER, "") | dict(zip(found, row.cells, strict=True))
        try:
            yield Entry(row.line, _subscriber(values, vocabulary))
        except _FieldError as error:
            yield Reject(row.line, error.field, error.reason)


def _subscriber(values: Mapping[str, str], vocabulary: Vocabulary) -> Subscriber:
    for name, text in values.items():
        longest = LONGEST_FIELD if name in HEADER else LONGEST_ADDRESS
        if len(text) > longest:
            raise _FieldError(name, f"is longer than {longest} characters")
        if any(0xDC80 <= ord(character) <= 0xDCFF for character in text):
            raise _FieldError(name, "is not UTF-8")
        if _CONTROL.search(text):
            raise _FieldError(name, "holds a control character")
    if not values["ref"]:
        raise _FieldError("ref", "is empty; give each line a key of your own")
    regions = _listed(values, "regions", vocabulary.regions)
    position = _position(values)
    if not regions and position is None:
        raise _FieldError("regions", "there is neither a position nor a region to warn them by")
    return Subscriber(
        ref=values["ref"],
        addresses=_addresses(values),
        name=values["name"],
        language=_matching(values, "language", _LANGUAGE, "zh-CN"),
        regions=regions,
        position=position,
        min_level=_one_of(values, "min_level", vocabulary.levels),
        categories=tuple(Category(item) for item in _listed(values, "categories", _CATEGORIES)),
        channels=_listed(values, "channels", vocabulary.channels),
        quiet_hours=_matching(values, "quiet_hours", _QUIET, "22:00-07:00"),
        role=values["role"] or "resident",
        drills=_YES_NO[_one_of(values, "drills", frozenset(_YES_NO) - {""}).lower()],
    )


_CATEGORIES = frozenset(item.value for item in Category)


def _addresses(values: Mapping[str, str]) -> Mapping[str, str]:
    phone = _matching(values, "phone", _E164, "+358401234567")
    # Who gives no number for calls is called on the one for messages.
    voice = _matching(values, "voice", _E164, "+358401234567") or phone
    email = _mailbox(values["email"])
    found = {AddressKind.PHONE: phone, AddressKind.VOICE: voice, AddressKind.EMAIL: email}
    brought = {kind: text for kind, text in values.items() if kind not in HEADER}
    addresses = {kind: text for kind, text in (found | brought).items() if text}
    if not addresses:
        raise _FieldError("phone", "there is neither phone, voice nor email")
    return addresses


def _mailbox(text: str) -> str:
    if not text:
        return ""
    try:
        return validate_email(
            text, check_deliverability=False, globally_deliverable=False
        ).normalized
    except EmailNotValidError as error:
        raise _FieldError("email", f"is no mailbox: {error}") from error


def _matching(values: Mapping[str, str], name: str, pattern: re.Pattern[str], example: str) -> str:
    text = values[name]
    if text and not pattern.fullmatch(text):
        raise _FieldError(name, f"must look like {example}")
    return text


def _one_of(values: Mapping[str, str], name: str, known: frozenset[str]) -> str:
    text = values[name]
    if text and text.lower() not in known:
        raise _FieldError(name, f"must be one of {', '.join(sorted(known))}")
    return text.lower()


def _listed(values: Mapping[str, str], name: str, known: frozenset[str]) -> tuple[str, ...]:
    items = tuple(item.strip() for item in values[name].split(";") if item.strip())
    for item in items:
        if item not in known:
            raise _FieldError(name, f"{item!r} is unknown")
    return items


def _position(values: Mapping[str, str]) -> tuple[float, float] | None:
    if not values["lat"] and not values["lon"]:
        return None
    lat, lon = (_degrees(values, "lat", 90), _degrees(values, "lon", 180))
    return lat, lon


def _degrees(values: Mapping[str, str], name: str, bound: int) -> float:
    try:
        # Where columns are parted by semicolons, commas are often decimal.
        degrees = float(values[name].replace(",", "."))
    except ValueError:
        degrees = float("nan")
    if not -bound <= degrees <= bound:
        raise _FieldError(name, f"must be degrees from -{bound} to {bound}")
    return degrees


def reject_writer(target: io.TextIOBase) -> Callable[[Reject], None]:
    """Return what writes rejected lines as CSV: line, field, reason."""
    writer = csv.writer(target)
    writer.writerow(("line", "field", "reason"))

    def write(reject: Reject) -> None:
        writer.writerow((reject.line, reject.field, reject.reason))

    return write
