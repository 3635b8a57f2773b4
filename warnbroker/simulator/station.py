"""Stations that answer: for demos and drills, in place of radio, television and loudspeakers."""

import asyncio
import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from warnbroker.contracts import Clock
from warnbroker.contracts.clock import SystemClock
from warnbroker.simulator.chance import chance

_INTERVAL = 0.2
_STEPS = (("received", 0.0), ("accepted", 1.0), ("aired", 3.0))
"""What a station says, and how many seconds after it first saw the package."""
_LATE_SHARE = 0.3
_LATE_FACTOR = 4.0


@dataclass(slots=True)
class _Seen:
    """A package that a station has: when it came, and how many steps were answered."""

    at: datetime
    answered: int = 0


class StationSimulator:
    """Answers packages in every station's folder below a directory.

    Whole packages are received, accepted by an operator and aired, some of them late;
    broken ones are rejected. ``silent`` of the stations never answer. Who is silent and
    what comes late depends on the seed and the names alone.
    """

    def __init__(
        self, directory: Path, seed: int, *, silent: int = 1, clock: Clock | None = None
    ) -> None:
        self._directory = directory
        self._seed = seed
        self._silent = silent
        self._clock = clock or SystemClock()
        self._seen: dict[Path, _Seen] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """End watching; repeating it does nothing."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def look(self) -> int:
        """Look into every folder once; return how many answers were written."""
        return await asyncio.to_thread(self._look, self._clock.now())

    async def _watch(self) -> None:
        while True:
            # A folder that vanishes between two looks is no reason to stop the station.
            with suppress(OSError):
                await self.look()
            await self._clock.sleep(_INTERVAL)

    def _look(self, now: datetime) -> int:
        incoming = sorted(self._directory.glob("[!.]*/incoming"))
        by_chance = sorted(incoming, key=lambda path: chance(self._seed, path.parent.name))
        talking = set(by_chance[self._silent :])
        packages = (p for folder in incoming if folder in talking for p in folder.iterdir())
        return sum(self._answer(package, now) for package in sorted(packages))

    def _answer(self, package: Path, now: datetime) -> int:
        """Write the newest answer that is due; an older one is overtaken by it."""
        seen = self._seen.setdefault(package, _Seen(now))
        age = (now - seen.at).total_seconds() / self._delay(package)
        due = sum(age >= after for _, after in _STEPS)
        if due <= seen.answered:
            return 0
        state, code = (_STEPS[due - 1][0], "") if _is_whole(package) else ("rejected", "checksum")
        _write_answer(package, state, code, now)
        seen.answered = len(_STEPS) if code else due
        return 1

    def _delay(self, package: Path) -> float:
        drawn = chance(self._seed, package.parents[1].name, package.name)
        return _LATE_FACTOR if drawn < _LATE_SHARE else 1.0


def _is_whole(package: Path) -> bool:
    """Tell whether every file is as ``SHA256SUMS`` says, and no other is there."""
    try:
        sums = [line.split("  ", 1) for line in _lines(package / "SHA256SUMS")]
        stated = {name: digest for digest, name in sums}
        names = {path.name for path in package.iterdir()} - {"SHA256SUMS"}
        return names == set(stated) and all(_digest(package / n) == stated[n] for n in names)
    except (OSError, ValueError):
        return False


def _write_answer(package: Path, state: str, code: str, now: datetime) -> None:
    """Write ``ack/PACKAGE.json`` by the rule for stations: aside first, then one rename."""
    station = package.parents[1]
    content = {
        "package": package.name,
        "manifest_sha256": _digest(package / "manifest.json"),
        "state": state,
        "code": code,
        "at": now.isoformat(),
        "operator": f"{station.name} simulator" if state == "accepted" else None,
    }
    folder = station / "ack"
    folder.mkdir(exist_ok=True)
    part = folder / f".{package.name}.part"
    part.write_text(json.dumps(content), "utf-8")
    part.replace(folder / f"{package.name}.json")


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
