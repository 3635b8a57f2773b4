"""Match rows of answers with the people on lists; none of them may undo a newer answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from warnbroker.errors import Fault, ReportError
from warnbroker.intake import door_faults as faults
from warnbroker.model.doorstep import Answer, Door


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One row; ``seen`` is when the answer was given that stood in it as it was fetched.

    Empty: there was none. None: the row does not say.
    """

    line: int
    ref: str
    answer: str
    seen: str | None = None


def matched(
    rows: Sequence[AnswerRow], doors: Sequence[Door], where: str
) -> Sequence[tuple[Door, Answer]]:
    """Return the doors that rows answer for, each once.

    Rows without an answer, and rows that are as they were fetched, say nothing.

    Raises:
        ReportError: rows name nobody on a list, or no answer that there is, or contradict a
            newer answer or each other; all of them.
    """
    if len(rows) > faults.MOST_ROWS:
        raise ReportError([faults.too_many()])
    by_ref = {door.ref: door for door in doors}
    found: dict[str, tuple[str, Door, Answer]] = {}
    wrong: list[Fault] = []
    for row in rows:
        path = f"{where}{row.line}"
        door = by_ref.get(row.ref) or by_ref.get(row.ref.removeprefix("'"))
        if not row.answer or (door is not None and _is_untouched(row, door)):
            continue
        fault = _fault(row, door, path)
        if door is not None and fault is None:
            first, _, answer = found.setdefault(door.ref, (path, door, Answer(row.answer)))
            fault = faults.twice(path, door.ref, first) if answer != row.answer else None
        wrong += [fault] if fault else []
    if wrong:
        raise ReportError(wrong)
    return [(door, answer) for _, door, answer in found.values()]


def _fault(row: AnswerRow, door: Door | None, path: str) -> Fault | None:
    if door is None:
        return faults.unknown(path)
    if row.answer not in set(Answer):
        return faults.no_answer(path)
    if row.answer != door.answer and _is_late(row, door):
        return faults.stale(path, door.ref, door.answer)
    return None


def _is_untouched(row: AnswerRow, door: Door) -> bool:
    moment = _moment(row.seen)
    return moment is not None and door.answers.get(moment) == row.answer


def _is_late(row: AnswerRow, door: Door) -> bool:
    """Tell whether whoever wrote a row cannot have known the answer that there is."""
    if row.seen is None:
        return door.answer is not None and door.answer.is_told
    return (_moment(row.seen) or row.seen or None) != door.answered_at


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
