"""Run the benches that a few minutes allow, and print one table: goals beside results.

``python bench/all.py [--only NAME]… [--json]``

Each runs as a process of its own, one after the other. docs/benchmarks.md says what each measures,
and how to run those that take longer. Exit status 1: one of them could not be run.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import orjson
from measure import Outcome, outcomes_of, show

HERE = Path(__file__).parent
RUNS = {
    "fanout": ["fanout.py"],
    "fanout-50ms": ["fanout.py", "--delay", "0.05", "--messages", "4000", "--rounds", "3"],
    "peers": ["peers.py"],
    "peers-50ms": ["peers.py", "--delay", "0.05"],
    "latency": ["latency.py"],
    "priority": ["priority.py"],
    "memory": ["memory.py"],
    "receipts": ["receipts.py"],
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=RUNS, action="append")
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    found = [run(name) for name in wish.only or RUNS]
    outcomes = [outcome for each in found if each for outcome in each]
    if outcomes:
        show(outcomes, as_json=wish.json)
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
