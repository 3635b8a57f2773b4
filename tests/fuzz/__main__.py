"""Feed the readers broken messages, and report whatever breaks them.

``python -m tests.fuzz [--cases N] [--seed S] [--case NUMBER] [--json]``
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import track

from tests.fuzz.trial import attempt, message

DEFAULT_CASES = 100_000


def main() -> int:
    """Run the cases; 0 if none broke a reader."""
    asked = _arguments()
    console = Console(stderr=True)
    numbers = [asked.case] if asked.case is not None else range(asked.cases)
    began, ends, broken = time.monotonic(), Counter[str](), []
    for number in track(numbers, "fuzzing", console=console, disable=asked.json):
        kind, body = message(asked.seed, number)
        try:
            ends.update(attempt(kind, body))
        # Whatever comes out here is what is being looked for.
        except Exception as error:
            broken.append(number)
            _keep(asked.seed, number, body)
            console.print(
                f"case {number}: {type(error).__name__}: {str(error)[:300]}", markup=False
            )
            if asked.case is not None:
                traceback.print_exc()
    seconds = time.monotonic() - began
    if asked.json:
        row = {"cases": len(numbers), "seed": asked.seed, "broken": broken, "ends": dict(ends)}
        sys.stdout.write(orjson.dumps(row | {"seconds": round(seconds, 1)}).decode() + "\n")
    else:
        shown = ", ".join(f"{word} {count}" for word, count in sorted(ends.items()))
        line = f"{len(numbers)} cases, seed {asked.seed}, {len(broken)} broke a reader: {shown}"
        sys.stdout.write(f"{line} ({seconds:.0f} s)\n")
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=DEFAULT_CASES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int, help="run this one alone, with its traceback")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _keep(seed: int, number: int, body: bytes) -> None:
    folder = Path("fuzz-out")
    folder.mkdir(exist_ok=True)
    (folder / f"{seed}-{number}").write_bytes(body)


if __name__ == "__main__":
    sys.exit(main())
