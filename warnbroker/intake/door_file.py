"""Answers about doors as a CSV file, keyed by the subscriber's own ``ref``."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from warnbroker.errors import ReportError
from warnbroker.intake import door_faults as faults
from warnbroker.intake.door_rows import AnswerRow
from warnbroker.model.doorstep import Door

SEEN = "answered_at"
COLUMNS = (
    "list", "number", "ref", "name", "role", "phone", "region", "lat", "lon", "sent", "answer",
    "by", SEEN,
)  # fmt: skip
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


def rows_of(body: bytes) -> Sequence[AnswerRow]:
    """Read a CSV file: the rows that name somebody or say something.

    Raises:
        ReportError: it is no such file; says what is wrong.
    """
    try:
        text = body.decode("utf-8-sig")
        reader = csv.DictReader(
            io.StringIO(text, newline=""), strict=True, delimiter=_delimiter(text)
        )
        columns = reader.fieldnames or ()
        if not {"ref", "answer"} <= set(columns):
            raise ReportError([faults.no_columns(columns)])
        rows = [_row(reader.line_num, row) for row in reader]
    except UnicodeDecodeError as error:
        raise ReportError([faults.not_text()]) from error
    except csv.Error as error:
        raise ReportError([faults.not_csv(error)]) from error
    return [row for row in rows if row.ref or row.answer]


def _delimiter(text: str) -> str:
    # Spreadsheets in countries that write 1,5 separate with semicolons.
    header = text.partition("\n")[0]
    return ";" if ";" in header and "," not in header else ","


def _row(line: int, row: Mapping[str, str | None]) -> AnswerRow:
    ref, answer, seen = ((row.get(name) or "").strip() for name in ("ref", "answer", SEEN))
    return AnswerRow(line, ref, answer, seen if SEEN in row else None)
