"""Run the benches that a few minutes allow, and print one table: goals beside results.

``python bench/all.py [--only NAME]… [--write FILE] [--json]``

Each runs as a process of its own, one after the other. docs/benchmarks.md says what each measures,
and how to run those that take longer. ``--write`` puts the table between the two marks that
stand in a Markdown file. Exit status 1: one of them could not be run.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
from measure import Outcome, Result, outcomes_of, plain, show

HERE = Path(__file__).parent
BEGIN, END = "<!-- results -->", "<!-- end of results -->"
RUNS = {
    "fanout": ["fanout.py", "--messages", "10000", "--rounds", "3"],
    "fanout-50ms": ["fanout.py", "--delay", "0.05", "--messages", "10000", "--rounds", "3"],
    "peers": ["peers.py"],
    "peers-50ms": ["peers.py", "--delay", "0.05"],
    "latency": ["latency.py", "--samples", "25"],
    "priority": ["priority.py"],
    "memory": ["memory.py"],
    "receipts": ["receipts.py", "--messages", "3000"],
    "audience": ["audience.py"],
}


def run(name: str) -> list[Outcome] | None:
    """Run one; return what it found, None if it failed."""
    began = time.monotonic()
    words = [sys.executable, str(HERE / RUNS[name][0]), *RUNS[name][1:], "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    if done.returncode or not done.stdout.strip():
        print(f"{name} failed: {done.stderr.strip()[-2000:]}", file=sys.stderr)
        return None
    return outcomes_of(orjson.loads(done.stdout.splitlines()[-1]))


def write(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Put a table between the marks of a file."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = ["| what | result | goal | | seen |", "|---|---|---|---|---|"]
    for outcome in outcomes:
        lines.append(f"| **{outcome.title}** | | | | |")
        lines += [_line(item) for item in outcome.results]
    body = "\n".join([f"{machine()}.", "", *lines])
    path.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}")


def _line(item: Result) -> str:
    sign = "" if item.goal is None else "≤ " if item.at_most else "≥ "
    goal = "" if item.goal is None else f"{sign}{plain(item.goal)}"
    met = {None: "", True: "met", False: "**not met**"}[item.met]
    return f"| {item.name} | {plain(item.value)} {item.unit} | {goal} | {met} | {item.note} |"


def machine() -> str:
    """Say when and on what it was measured."""
    about = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in about if line.startswith("model name")]
    cores = f"{os.cpu_count()} cores" + (f" ({names[0]})" if names else "")
    busy = os.getloadavg()[2]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cores}, {platform.system()}, CPython "
        f"{platform.python_version()}; {busy:.1f} processes wanted to run in the last quarter hour"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=RUNS, action="append")
    parser.add_argument("--write", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    found = [run(name) for name in wish.only or RUNS]
    outcomes = [outcome for each in found if each for outcome in each]
    if outcomes:
        show(outcomes, as_json=wish.json)
    if outcomes and wish.write:
        write(wish.write, outcomes)
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
