"""Fail points: off unless they are asked for, each one passed somewhere, each one died at."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import warnbroker
from tests.chaos import kills
from warnbroker.errors import ConfigError
from warnbroker.failpoints import VARIABLE, Point, arm, read

DIE = """
from warnbroker.failpoints import Point, arm, reach
print(arm())
for number in range(1, 6):
    reach(Point.BEGUN)
    print(number, flush=True)
"""


def ran(**environment: str) -> subprocess.CompletedProcess[str]:
    folder = {"PYTHONPATH": str(Path(warnbroker.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-c", DIE],
        env=folder | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_process_dies_at_the_point_and_time_that_were_asked_for():
    found = ran(**{VARIABLE: "sent,begun:3"})

    assert found.returncode == -signal.SIGKILL
    assert found.stdout.split() == ["True", "1", "2"]


def test_nothing_happens_without_the_variable():
    found = ran()

    assert found.returncode == 0
    assert found.stdout.split() == ["False", "1", "2", "3", "4", "5"]
    assert not arm({})


@pytest.mark.parametrize("text", ["nowhere", "begun:0", "begun:x", "begun:-1", "BEGUN"])
def test_what_names_no_point_or_time_is_refused(text):
    with pytest.raises(ConfigError, match=VARIABLE):
        read(text)


def test_every_point_is_passed_somewhere_and_chaos_dies_at_each():
    source = Path(warnbroker.__file__).parent.rglob("*.py")
    text = "".join(path.read_text() for path in source)

    assert [point for point in Point if f"reach(Point.{point.name})" not in text] == []
    assert {*kills.EARLY, *kills.STEADY, *kills.LAST} == set(Point)
