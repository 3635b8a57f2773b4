"""The first how-to does what it says, block by block, in a shell."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_port
from warnbroker.cli.witness_offices import contacts
from warnbroker.settings import load

ROOT = Path(__file__).parents[3]
PAGE = "docs/howto/first-alert.md"

PORTS = {"8080", "8081", "8025"}
WAIT = f"""
{sys.executable} - <<'PYTHON'
import time, urllib.request
while True:
    try:
        urllib.request.urlopen("http://127.0.0.1:8080/health/live", timeout=5)
        break
    except OSError:
        time.sleep(0.1)
PYTHON
"""
"""What a reader does between two blocks: wait until the broker says that it serves."""


def as_one_script(blocks: list[str]) -> str:
    """Return the blocks as one script that uses free ports and leaves nothing running."""
    text = "set -euo pipefail\nset -m\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n"
    for block in blocks:
        text += block + (WAIT if block.startswith("warnbroker serve") else "")
    # A broker on another port is another address for `issue`.
    text = text.replace("warnbroker issue ", "warnbroker issue --url http://127.0.0.1:8080 ")
    swaps = {port: str(free_port()) for port in sorted(PORTS)}
    script = re.sub(r"\b(80\d\d)\b", lambda found: swaps[found[1]], text)
    return f"export WARNBROKER_SERVER__PORT={swaps['8080']}\n{script}"


@pytest.fixture(scope="module")
def walked(tmp_path_factory) -> Path:
    """Return the folder that the how-to has been walked through in."""
    folder = tmp_path_factory.mktemp("walk")
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    script = folder / "walk.sh"
    script.write_text(as_one_script(re.findall(r"^```sh\n(.*?)^```$", page, re.S | re.M)))
    paths = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [shutil.which("bash"), str(script)],
        cwd=folder,
        env={"PATH": paths, "HOME": str(folder), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "first"


def told(folder: Path, kind: str) -> list[str]:
    """Return who was told, without the offices of the shipped example."""
    offices = contacts(load(environment={}))
    return [address for address in reached(folder, kind) if address not in offices]


def reached(folder: Path, kind: str) -> list[str]:
    lines = (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return [entry["to"] for entry in entries if entry["kind"] == kind]


def test_everyone_in_the_area_is_told_and_nobody_else(walked):
    assert set(told(walked, "sms")) == {"+15550000001", "+15550000002"}
    assert set(told(walked, "mail")) == {"fang@mail.example"}
    assert told(walked, "call") == []


def test_who_was_told_is_told_the_end(walked):
    assert sorted(told(walked, "sms")) == sorted(["+15550000001", "+15550000002"] * 2)
    assert told(walked, "mail") == ["fang@mail.example"] * 2


def test_the_offices_concerned_are_told_of_the_alert_and_of_its_end(walked):
    numbers = [number for number in reached(walked, "sms") if number.startswith("+1599")]

    assert "+15990990003" in numbers
    assert {numbers.count(number) for number in numbers} == {2}


def test_the_feed_ends_with_the_cancel(walked):
    feed = (walked / "home/published/feeds/alerts.en.atom").read_text(encoding="utf-8")

    assert "harbour-flood-1-over" in feed
    assert "<cap:identifier>harbour-flood-1</cap:identifier>" not in feed
