import json
import subprocess
import sys
from pathlib import Path

from tests.fuzz.seeds import ATOM, EDXL, FULL, OLD

ROOT = Path(__file__).parents[2]


def measured(folder):
    done = subprocess.run(
        [sys.executable, "bench/samples.py", str(folder), "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)


def test_a_folder_of_others_alerts_is_measured_and_survives_whole(tmp_path):
    for name, text in {"full": FULL, "old": OLD, "edxl": EDXL, "atom": ATOM, "no": "x"}.items():
        (tmp_path / f"{name}.xml").write_text(text, encoding="utf-8")

    status, totals = measured(tmp_path)

    assert status == 0
    assert totals == {"files": 5, "read": 4, "whole": 4, "ratio": 1.0, "goal": 1}
