"""A CAP message as plain data, before anybody asked whether it makes sense."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from warnbroker.errors import Fault

MEBIBYTE = 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 30_000
MAX_VALUES = 100_000
MAX_FAULTS = 500


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader found: the data in JSON form, the line of each path, and form faults."""

    data: object
    lines: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def locate(faults: Iterable[Fault], lines: Mapping[str, int]) -> tuple[Fault, ...]:
    """Give each fault the line of its element, or of the nearest element around it."""
    return tuple(
        fault if fault.line is not None else replace(fault, line=_line(fault.path, lines))
        for fault in faults
    )


def _line(path: str, lines: Mapping[str, int]) -> int | None:
    while path and path not in lines:
        path = path.rpartition("/")[0]
    return lines.get(path)


def shorten(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Keep the first ``MAX_FAULTS`` faults and say that there are more."""
    found = tuple(islice(faults, MAX_FAULTS + 1))
    if len(found) <= MAX_FAULTS:
        return found
    return (
        *found[:MAX_FAULTS],
        Fault("cap.faults.more", "more faults follow; correct these first"),
    )


def quote(value: object) -> str:
    """Show a value from outside in a message: short, printable, in single quotes."""
    text = str(value)
    shown = "".join(character if character.isprintable() else "?" for character in text[:40])
    return f"'{shown}…'" if len(text) > 40 else f"'{shown}'"
