"""The first line of a subscriber list: what separates its columns, and which they are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import chain
from pathlib import Path

from warnbroker.errors import FileError
from warnbroker.intake.csv_records import Record

MOST_NAMED = 5
LONGEST_NAMED = 40


def separated(lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """Return what separates the columns, and all lines.

    Where commas are decimal, spreadsheets write semicolons between columns.
    """
    seen = []
    for line in lines:
        seen.append(line)
        if line.strip():
            break
    header = seen[-1] if seen else ""
    separator = ";" if ";" in header and "," not in header else ","
    return separator, chain(seen, lines)


def columns(file: Path, header: Record | None, known: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a header.

    Raises:
        FileError: it is none of ours; says why.
    """
    faults = list(_faults(header, known))
    if faults:
        raise FileError(f"{file}: {'; '.join(faults)}")
    return header.cells if header else ()


def _faults(header: Record | None, known: Sequence[str]) -> Iterator[str]:
    if header is None:
        yield f"is empty; it must begin with a header such as {','.join(known[:5])}"
        return
    if any("\0" in name for name in header.cells):
        yield "is not UTF-8 text; save it as CSV in UTF-8"
        return
    where = f"line {header.line}"
    if header.fault:
        yield f"{where}: {header.fault}"
    elif set(header.cells).isdisjoint(known):
        # What stands there instead may be somebody's: it is not repeated.
        yield f"{where}: is no header; it must name columns such as {','.join(known[:5])}"
        yield "separate them with commas"
    else:
        yield from (f"{where}: {text}" for text in _wrong_columns(header.cells, known))


def _wrong_columns(found: Sequence[str], known: Sequence[str]) -> Iterator[str]:
    strange = [name for name in dict.fromkeys(found) if name not in known]
    if strange:
        named = ", ".join(_named(name, known) for name in strange[:MOST_NAMED])
        more = f" and {len(strange) - MOST_NAMED} more" if len(strange) > MOST_NAMED else ""
        yield f"unknown columns: {named}{more}; there may be {','.join(known)}"
    for name, count in Counter(found).items():
        if count > 1 and name in known:
            yield f"the column {name} stands {count} times; keep one"
    if "ref" not in found:
        yield "lacks the column ref: a key of your own for each person"


def _named(name: str, known: Sequence[str]) -> str:
    shown = repr(name[:LONGEST_NAMED])
    near = get_close_matches(name.lower(), known, 1)
    return f"{shown} (did you mean {near[0]}?)" if near else shown
