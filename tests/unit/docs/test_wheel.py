"""The wheel holds everything that the broker reads, and works away from the source."""

import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

SHIPPED = ("warnbroker", "channels", "templates", "config")


@dataclass(frozen=True)
class Built:
    """The wheel, and the files that there were when it was built."""

    wheel: zipfile.ZipFile
    files: list[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Built:
    files = sorted(
        path.relative_to(ROOT).as_posix()
        for folder in SHIPPED
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    )
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    subprocess.run(
        [*command, "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)], check=True
    )
    [path] = folder.glob("*.whl")
    return Built(zipfile.ZipFile(path), files)


def test_every_file_is_in_the_wheel(built):
    packed = set(built.wheel.namelist())
    data = ("templates/", "config/")

    missing = [
        name
        for name in built.files
        if (f"warnbroker/{name}" if name.startswith(data) else name) not in packed
    ]
    assert missing == []


def test_a_broker_from_the_wheel_finds_what_one_from_the_source_finds(built, tmp_path):
    built.wheel.extractall(tmp_path / "site")
    away = tmp_path / "away"
    away.mkdir()
    environment = os.environ | {"WARNBROKER_HOME": str(tmp_path / "home")}

    source = check(environment, away)
    found = check(environment | {"PYTHONPATH": str(tmp_path / "site")}, away)

    assert source.stdout.startswith(str(ROOT))
    assert found.stdout.startswith(str(tmp_path / "site"))
    assert "channels.sms.account_sid" in found.stderr
    assert (found.returncode, found.stderr) == (source.returncode, source.stderr)


PROGRAM = """
import sys, warnbroker
from warnbroker.cli import main
print(warnbroker.__file__)
sys.argv = ["warnbroker", "check"]
main()
"""


def check(environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``warnbroker check``, which reads templates, regions, stations, fleet and fonts."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
