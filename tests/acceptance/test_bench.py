"""The bench of the engine comes to an end and prints its ratios; how large they are is its word."""

import subprocess
import sys
from pathlib import Path

import orjson

ROOT = Path(__file__).parents[2]


def test_the_engine_is_timed_beside_a_bare_loop():
    found = subprocess.run(
        [sys.executable, "bench/fanout.py", "--client", "gateway", "--messages", "50",
         "--rounds", "1", "--json"],
        cwd=ROOT, capture_output=True, timeout=100, check=True,
    )  # fmt: skip

    assert b"engine / bare loop" in found.stdout
    assert orjson.loads(found.stdout.splitlines()[-1])
