"""Plans and drills as tables for people."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from warnbroker.cli.terminal import numbers_table, plain
from warnbroker.cli.words import chinese, word
from warnbroker.model.contingency import ContingencyPlan, Coverage, Drill, Outcome

_COLOURS = {Outcome.PASSED: "green", Outcome.SHORTCOMINGS: "yellow", Outcome.FAILED: "red"}


def drills_table(
    plans: Sequence[ContingencyPlan], drills: Sequence[Drill], zone: ZoneInfo
) -> Table:
    """Return each plan with its drills; one without any stands there too."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("plan", "held at"):
        table.add_column(word(name))
    table.add_column(word("took part"), justify="right")
    for name in ("outcome", "alert", "remarks"):
        table.add_column(word(name))
    for plan in plans:
        own = [item for item in drills if item.plan_code == plan.code]
        title = Text(plain(f"{plan.code} {plan.name('zh-CN' if chinese() else 'en')}"), "bold")
        state = word("retired") if plan.retired else word("not drilled")
        table.add_row(title, Text("" if own else state, "dim" if plan.retired else "yellow"))
        for item in own:
            table.add_row(*_cells(item, zone))
    return table


def _cells(drill: Drill, zone: ZoneInfo) -> tuple[Text, ...]:
    return (
        Text(""),
        Text(f"{drill.held_at.astimezone(zone):%Y-%m-%d %H:%M}"),
        Text(f"{drill.participants:,}"),
        Text(word(f"outcome.{drill.outcome}"), _COLOURS[drill.outcome]),
        Text(drill.alert or word("table-top"), "" if drill.alert else "dim"),
        Text(plain(drill.remarks[:200])),
    )


def coverage_table(found: Sequence[Coverage], goal: float, year: int) -> Table:
    """Return by authority what share of its plans was drilled in a year, green from the goal on."""
    columns = ("plans", "drilled", "drills", "share")
    table = numbers_table(f"{word('authority')} {year}", *map(word, columns))
    for item in found:
        table.add_row(
            Text(plain(item.authority)),
            f"{item.plans:,}",
            f"{item.drilled:,}",
            f"{item.drills:,}",
            Text(f"{item.share:.0%}", "green" if item.share >= goal else "red"),
        )
    table.caption = word("goal: {goal:.0%} of plans drilled").format(goal=goal)
    return table
