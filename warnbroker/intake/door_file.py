"""Answers about doors as a file: CSV or JSON, keyed by the subscriber's own ``ref``."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from warnbroker.errors import Fault, ReportError
from warnbroker.model.doorstep import Answer, Door

COLUMNS = (
    "list", "number", "ref", "name", "role", "phone", "region", "lat", "lon", "sent", "answer",
    "by", "answered_at",
)  # fmt: skip
MOST_ROWS = 20_000
_RULE = "last_mile"
_FORMULA = frozenset("=+-@\t\r")


def written(doors: Iterable[Door], lists: Mapping[int, int]) -> str:
    """Return doors as CSV with a header; ``lists`` gives the numbers of lists by their ids."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for door in doors:
        lat, lon = door.position or ("", "")
        sent = ";".join(f"{name}={state}" for name, state in sorted(door.sent.items()))
        at = door.answered_at.isoformat() if door.answered_at else ""
        row = (
            lists[door.list_id], door.number, door.ref, door.name, door.role, door.phone,
            door.region, lat, lon, sent, door.answer or "", door.by, at,
        )  # fmt: skip
        writer.writerow([_safe(cell) for cell in row])
    return text.getvalue()


def _safe(cell: object) -> object:
    # What people are called must not become a formula in somebody's spreadsheet.
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA else cell


def rows_of(body: bytes) -> Sequence[tuple[int, str, str]]:
    """Read a CSV file: the line, ``ref`` and ``answer`` of each row that has an answer.

    Raises:
        ReportError: it is no such file; names the line and what is wrong.
    """
    try:
        text = body.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        if not {"ref", "answer"} <= set(reader.fieldnames or ()):
            raise ReportError([Fault(f"{_RULE}.columns", "the columns must be ref and answer")])
        rows = [
            (reader.line_num, str(row["ref"] or "").strip(), str(row["answer"] or "").strip())
            for row in reader
        ]
    except UnicodeDecodeError as error:
        raise ReportError([Fault(f"{_RULE}.file", "is not UTF-8 text")]) from error
    except csv.Error as error:
        raise ReportError([Fault(f"{_RULE}.file", f"is not CSV: {error}")]) from error
    return [row for row in rows if row[1] or row[2]]


def matched(
    rows: Sequence[tuple[int, str, str]], doors: Sequence[Door], where: str
) -> Sequence[tuple[Door, Answer]]:
    """Return the doors that rows answer for; rows without an answer say nothing.

    Raises:
        ReportError: rows name nobody on a list, or no answer that there is; all of them.
    """
    if len(rows) > MOST_ROWS:
        raise ReportError([Fault(f"{_RULE}.rows", f"at most {MOST_ROWS} rows at once")])
    by_ref = {door.ref: door for door in doors}
    known = ", ".join(Answer)
    faults, found = [], []
    for line, ref, answer in rows:
        path = f"{where}{line}"
        door = by_ref.get(ref) or by_ref.get(ref.removeprefix("'"))
        if not answer:
            continue
        if door is None:
            faults.append(Fault(f"{_RULE}.ref", "nobody on a list has this ref", path))
        elif answer not in set(Answer):
            faults.append(Fault(f"{_RULE}.answer", f"must be one of {known}", path))
        else:
            found.append((door, Answer(answer)))
    if faults:
        raise ReportError(faults)
    return found
