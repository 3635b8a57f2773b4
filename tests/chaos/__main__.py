"""Kill a broker again and again while it warns people, and say whether anybody was lost.

``python -m tests.chaos [--kills N] [--subscribers N] [--level L] [--seed S] [--json]``
"""

import argparse
import asyncio
import math
import sys
import tempfile
import time
from pathlib import Path

import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.chaos.storm import Plan, Result, weather

GOAL = 60.0
"""Seconds after a restart by which what was in flight must be resolved."""


def main() -> int:
    """Run the storm; 0 if nobody was lost and every repeat is marked."""
    asked = _arguments()
    plan = Plan(
        asked.kills, asked.subscribers, asked.each, asked.seed, asked.level,
        seconds=asked.minutes * 60,
    )  # fmt: skip
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chaos-") as made:
        folder = Path(asked.keep or made).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        with _bar() as bar:
            task = bar.add_task("killing", total=plan.kills)
            result = asyncio.run(
                weather(plan, folder, lambda done: bar.update(task, completed=done))
            )
    said = summary(plan, result) | {"seconds": round(time.monotonic() - began, 1)}
    if not asked.json:
        _show(result)
    sys.stdout.write(orjson.dumps(said).decode() + "\n")
    return 0 if said["good"] else 1


def _show(result: Result) -> None:
    console = Console(width=110)
    console.print(table(result))
    for found in result.outcomes:
        for line in found.wrong[:20]:
            console.print(line, markup=False)


def summary(plan: Plan, result: Result) -> dict[str, object]:
    """Return the numbers for programs."""
    found, tallies = result.outcomes, result.tallies
    return {
        "good": all(item.is_good for item in found) and result.slowest <= GOAL,
        "kills": result.kills,
        "alerts": len(found),
        "level": plan.level,
        "seed": plan.seed,
        "messages": sum(item.owed for item in found),
        "lost": sum(len(item.lost) + len(item.unlisted) for item in found),
        "strangers": sum(len(item.strangers) for item in found),
        "in_flight": sum(item.in_flight for item in tallies.values()),
        "repeats_marked": sum(item.marked for item in tallies.values()),
        "repeats_unmarked": sum(len(item.unmarked) for item in found),
        "unknown": sum(item.unknown for item in found),
        "wrong": sum(len(item.wrong) for item in found),
        "slowest_resolution": round(result.slowest, 1),
        "goal": GOAL,
        "points": {
            str(name): {
                "kills": item.kills,
                "in_flight": item.in_flight,
                "repeats_marked": item.marked,
                "slowest": round(max(item.resolved, default=0.0), 1),
            }
            for name, item in tallies.items()
        },
    }


def table(result: Result) -> Table:
    """Return the numbers for people."""
    shown = Table(box=SIMPLE_HEAD)
    shown.add_column("killed at")
    for name in (
        "kills",
        "in flight",
        "repeats, marked",
        "repeats, unmarked",
        "lost",
        "resolved, s",
    ):
        shown.add_column(name, justify="right")
    for name, item in sorted(result.tallies.items()):
        slowest = f"{max(item.resolved):.1f}" if item.resolved else ""
        shown.add_row(name, str(item.kills), str(item.in_flight), str(item.marked), "", "", slowest)
    found = result.outcomes
    shown.add_section()
    shown.add_row(
        "all",
        str(result.kills),
        str(sum(item.in_flight for item in result.tallies.values())),
        str(sum(item.marked for item in result.tallies.values())),
        str(sum(len(item.unmarked) for item in found)),
        str(sum(len(item.lost) + len(item.unlisted) for item in found)),
        f"{result.slowest:.1f}",
    )
    return shown


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--each", type=int, default=20, help="deaths for each alert")
    parser.add_argument("--subscribers", type=int, default=2000)
    parser.add_argument("--level", choices=["red", "orange", "yellow", "blue"], default="red")
    parser.add_argument("--minutes", type=float, default=math.inf, help="kill no more after that")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="an empty folder for ledger, logs and journal")
    parser.add_argument("--json", action="store_true", help="the last line alone")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
