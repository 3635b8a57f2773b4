"""What is wrong with answers about doors, in English and Chinese."""

from collections.abc import Iterable

from warnbroker.cap.document import quote
from warnbroker.errors import Fault
from warnbroker.model.doorstep import Answer

MOST_ROWS = 20_000
_SHOWN = 10
"""Columns of a strange file that are named."""


def not_text() -> Fault:
    """Say that a file is not UTF-8."""
    return _fault("file", "is not UTF-8 text", "不是 UTF-8 编码的文本")


def not_csv(error: Exception) -> Fault:
    """Say that a file is not CSV."""
    return _fault("file", f"is not CSV: {error}", f"不是 CSV 文件：{error}")


def no_columns(names: Iterable[str]) -> Fault:
    """Say that a file lacks a column, and which it has."""
    shown = [quote(name) for name in names][:_SHOWN]
    english = "the columns must be ref and answer; separate them with commas"
    chinese = "须有 ref 和 answer 两列，并以逗号分隔"
    if not shown:
        return _fault("columns", english, chinese)
    return _fault(
        "columns", f"{english}. There is {', '.join(shown)}", f"{chinese}。现有：{'、'.join(shown)}"
    )


def too_many() -> Fault:
    """Say that there are more rows than are read at once."""
    return _fault("rows", f"at most {MOST_ROWS} rows at once", f"一次最多 {MOST_ROWS} 行")


def unknown(where: str) -> Fault:
    """Say that nobody is meant by a row."""
    return _fault("ref", "nobody on a list has this ref", "名单上没有此 ref", where)


def no_answer(where: str) -> Fault:
    """Say which answers there are."""
    known = ", ".join(Answer)
    return _fault("answer", f"must be one of {known}", f"须为以下之一：{known}", where)


def stale(where: str, ref: str, present: Answer | None) -> Fault:
    """Say that an answer would undo a newer one."""
    now, shown = present or "-", quote(ref)
    return _fault(
        "stale",
        f"{shown} was answered meanwhile ({now}); fetch the list again before changing that",
        f"{shown} 已有新的结果（{now}），请重新下载名单后再修改",
        where,
    )


def twice(where: str, ref: str, first: str) -> Fault:
    """Say that two rows contradict each other."""
    shown = quote(ref)
    return _fault(
        "twice",
        f"{first} says something else about {shown}",
        f"{first} 对 {shown} 的结果与此不同",
        where,
    )


def _fault(rule: str, english: str, chinese: str, path: str = "") -> Fault:
    return Fault(f"last_mile.{rule}", english, path, chinese=chinese)
