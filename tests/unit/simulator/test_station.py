"""Stations that answer, late or never, as their seed says."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from warnbroker.simulator.station import StationSimulator

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)


@dataclass
class ManualClock:
    """Moves on by what others wait."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def put_package(root: Path, station: str, name: str = "p1") -> Path:
    package = root / station / "incoming" / name
    package.mkdir(parents=True)
    (package / "manifest.json").write_text("{}")
    digest = hashlib.sha256(b"{}").hexdigest()
    (package / "SHA256SUMS").write_text(f"{digest}  manifest.json\n")
    return package


def answer_of(package: Path) -> dict[str, object] | None:
    path = package.parents[1] / "ack" / f"{package.name}.json"
    return json.loads(path.read_bytes()) if path.exists() else None


async def course(root: Path, seed: int, seconds: int = 20, **given: int) -> dict[str, list[str]]:
    """Return what each station said, second by second."""
    clock = ManualClock()
    stations = StationSimulator(root, seed, clock=clock, **given)
    said: dict[str, list[str]] = {}
    for second in range(seconds):
        await stations.look()
        for path in sorted(root.glob("*/ack/*.json")):
            name = f"{path.parents[1].name}/{path.stem}"
            said.setdefault(name, []).append(f"{second}:{json.loads(path.read_bytes())['state']}")
            path.unlink()
        clock.at += timedelta(seconds=1)
    return said


async def test_a_whole_package_is_received_accepted_and_aired(tmp_path):
    package = put_package(tmp_path, "radio")

    said = await course(tmp_path, seed=1, silent=0)

    states = [word.partition(":")[2] for word in said[f"radio/{package.name}"]]
    assert states == ["received", "accepted", "aired"]


async def test_an_answer_names_package_manifest_time_and_operator(tmp_path):
    package = put_package(tmp_path, "radio")
    clock = ManualClock()
    stations = StationSimulator(tmp_path, 1, silent=0, clock=clock)
    await stations.look()
    clock.at += timedelta(seconds=10)
    await stations.look()

    answer = answer_of(package)

    assert answer is not None
    assert answer["package"] == "p1"
    assert answer["manifest_sha256"] == hashlib.sha256(b"{}").hexdigest()
    assert datetime.fromisoformat(str(answer["at"])) == clock.at
    assert answer["state"] in {"accepted", "aired"}


async def test_the_same_seed_gives_the_same_course_and_others_differ(tmp_path):
    for station in ("radio", "tv", "village"):
        for number in range(5):
            put_package(tmp_path, station, f"p{number}")

    courses = [await course(tmp_path, seed) for seed in (1, 1, 2, 3, 4)]

    assert courses[0] == courses[1]
    assert any(other != courses[0] for other in courses[2:])


async def test_one_station_is_silent_and_some_answers_are_late(tmp_path):
    for station in ("radio", "tv", "village"):
        for number in range(10):
            put_package(tmp_path, station, f"p{number}")

    said = await course(tmp_path, seed=5)

    assert len({name.partition("/")[0] for name in said}) == 2
    ends = {words[-1] for words in said.values()}
    assert ends == {"3:aired", "12:aired"}


@pytest.mark.parametrize("damage", ["changed", "missing", "extra", "no sums"])
async def test_a_broken_package_is_rejected_once(tmp_path, damage):
    package = put_package(tmp_path, "radio")
    if damage == "changed":
        (package / "manifest.json").write_text("{ }")
    elif damage == "missing":
        (package / "manifest.json").unlink()
    elif damage == "extra":
        (package / "more.txt").write_text("x")
    else:
        (package / "SHA256SUMS").unlink()

    said = await course(tmp_path, seed=1, silent=0)

    assert said == {"radio/p1": ["0:rejected"]}


async def test_a_started_simulator_watches_until_it_is_stopped(tmp_path):
    package = put_package(tmp_path, "radio")

    class TurningClock(ManualClock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if (answer_of(package) or {}).get("state") == "aired":
                aired.set()
            await asyncio.sleep(0)

    import asyncio

    aired = asyncio.Event()
    stations = StationSimulator(tmp_path, 1, silent=0, clock=TurningClock())
    await stations.start()
    await asyncio.wait_for(aired.wait(), 20)
    await stations.stop()
    await stations.stop()

    late = put_package(tmp_path, "radio", "p2")
    await asyncio.sleep(0)
    assert answer_of(late) is None


async def test_nothing_there_yet_is_no_fault(tmp_path):
    assert await StationSimulator(tmp_path / "later", 1).look() == 0
