"""A live board: a bar for each channel and one for the people, as wide as the terminal is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from warnbroker.cli.tally import detail, done_of, people_detail, waits
from warnbroker.cli.words import word

BAR = 14
SHORT = 10
"""The width of the names, where none is longer."""


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    done: int
    total: int
    detail: Text

    @property
    def counted(self) -> str:
        return f"{self.done}/{self.total}"


class Board:
    """Shows an alert's progress; a number is never cut, the details get a line of their own."""

    def __init__(self) -> None:
        self._answer: Mapping[str, Any] = {}

    def show(self, answer: Mapping[str, Any]) -> None:
        """Show what a broker answered last."""
        self._answer = answer

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        """Draw it for the width that there is now."""
        rows = list(_rows(self._answer))
        yield from _drawn(rows, options.max_width) if rows else ()
        yield from waits(self._answer)


def _rows(answer: Mapping[str, Any]) -> Iterator[_Row]:
    for name, counts in answer.get("channels", {}).items():
        total = sum(counts.values())
        yield _Row(word(name), done_of(name, counts), total, detail(name, counts))
    people = answer.get("people", {})
    if people.get("total"):
        reached = people["confirmed"] + people["delivered"]
        yield _Row(word("people"), reached, people["total"], people_detail(people))


def _drawn(rows: list[_Row], width: int) -> Iterator[RenderableType]:
    names = max(SHORT, *(cell_len(row.name) for row in rows))
    counts = max(len(row.counted) for row in rows)
    longest = max(row.detail.cell_len for row in rows)
    is_wide = names + BAR + counts + longest + 3 <= width
    for row in rows:
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_column(width=names)
        line.add_column(width=BAR)
        line.add_column(width=counts, justify="right")
        cells: list[RenderableType] = [row.name, _bar(row), row.counted]
        if is_wide:
            line.add_row(*cells, row.detail)
            yield line
        else:
            line.add_row(*cells)
            yield Group(line, Padding(row.detail, (0, 0, 0, 2)))


def _bar(row: _Row) -> ProgressBar:
    return ProgressBar(
        row.total or 1, row.done, width=BAR, complete_style="green", finished_style="green"
    )
