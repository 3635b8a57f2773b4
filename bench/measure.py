"""Time taken and goals met: what every bench measures with, and the table that it ends in."""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table


@dataclass
class Timed:
    """Seconds that a block takes: on the clock, and of processor time in all threads."""

    wall: float = 0.0
    cpu: float = 0.0

    def __enter__(self) -> "Timed":
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        wall, cpu = self._began
        self.wall, self.cpu = time.perf_counter() - wall, time.process_time() - cpu


@dataclass(frozen=True)
class Result:
    """One line of the table: a figure, and the goal that it is held against where there is one.

    ``at_most`` says that less is better; ``note`` says what else was seen.
    """

    name: str
    value: float
    goal: float | None = None
    unit: str = ""
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Tell whether the goal is met; None without one."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def as_json(self) -> dict[str, Any]:
        """Return it as one entry of the table of ratios."""
        goal = {} if self.goal is None else {"goal": self.goal}
        limit = {"at_most": True} if self.at_most else {}
        seen = {"seen": self.note} if self.note else {}
        return {"value": rounded(self.value), "unit": self.unit, **goal, **limit, **seen}

    @classmethod
    def of_json(cls, name: str, entry: dict[str, Any]) -> "Result":
        """Read ``as_json`` back."""
        return cls(name, entry["value"], entry.get("goal"), entry["unit"],
                   at_most=entry.get("at_most", False), note=entry.get("seen", ""))  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a bench found: its results, the first of them in front, and all that was counted."""

    title: str
    results: Sequence[Result]
    seen: dict[str, Any] = field(default_factory=dict)


def show(outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    """Print the table for people, and at the end one line for programs if asked for."""
    console = Console(stderr=True, width=None if sys.stderr.isatty() else 120)
    console.print(table(*outcomes))
    if as_json:
        print(orjson.dumps(as_line(outcomes)).decode())


def as_line(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what a program reads: the first ratio with its goal, and the table of all."""
    first = outcomes[0].results[0]
    return {
        "ratio": rounded(first.value),
        "goal": first.goal,
        "ratios": {
            outcome.title: {item.name: item.as_json() for item in outcome.results}
            for outcome in outcomes
        },
        "seen": {outcome.title: outcome.seen for outcome in outcomes},
    }


def outcomes_of(line: dict[str, Any]) -> list[Outcome]:
    """Read ``as_line`` back."""
    return [
        Outcome(title, [Result.of_json(name, entry) for name, entry in results.items()])
        for title, results in line["ratios"].items()
    ]


def table(*outcomes: Outcome) -> Table:
    """Return one table of several outcomes, goals beside results."""
    shown = Table("what", "result", "goal", "", "seen")
    for outcome in outcomes:
        shown.add_section()
        shown.add_row(f"[bold]{outcome.title}")
        for item in outcome.results:
            sign = "" if item.goal is None else "≤ " if item.at_most else "≥ "
            goal = "" if item.goal is None else f"{sign}{plain(item.goal)}"
            word = {None: "", True: "[green]met", False: "[red]not met"}[item.met]
            value = f"{plain(item.value)} {item.unit}"
            shown.add_row(f"  {item.name}", value, goal, word, item.note)
    return shown


def plain(value: float) -> str:
    """Write a number with as many digits as say something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def rounded(value: float) -> float:
    """Return a number with four digits that count."""
    return float(f"{value:.4g}")


def median_ratio(above: Sequence[Timed], below: Sequence[Timed], what: str) -> float:
    """Return the median of the ratios of pairs, one pair for each round."""
    pairs = zip(above, below, strict=True)
    return statistics.median(getattr(a, what) / getattr(b, what) for a, b in pairs)


def cpu_of(process: int) -> float:
    """Return the processor time that a process has taken so far, in seconds."""
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that so large a share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def asked(what: str, *, messages: int, rounds: int) -> argparse.ArgumentParser:
    """Return a parser with the options that the benches share."""
    parser = argparse.ArgumentParser(description=what.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=messages)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--json", action="store_true")
    return parser
