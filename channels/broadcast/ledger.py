"""Our own note of every package a station was sent: what its answers are matched against.

It lies outside the stations' folders, so that no station can answer for another delivery.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from channels.broadcast.drop import replace_file
from channels.broadcast.names import alert_of
from warnbroker.model.receipt import AttemptKey


@dataclass(frozen=True, slots=True)
class Entry:
    """The newest attempt that a package belongs to, and its manifest's digest."""

    key: AttemptKey
    manifest_sha256: str


class Ledger:
    """The notes on one station's packages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, package: str, entry: Entry) -> None:
        """Keep an entry, durably; called before the package can be seen.

        Raises:
            OSError: it was not kept.
        """
        content = {"attempt": entry.key.path, "manifest_sha256": entry.manifest_sha256}
        replace_file(self._folder / f"{package}.json", json.dumps(content).encode())

    def entry(self, package: str) -> Entry | None:
        """Return what was noted of a package; None for what we never sent.

        Raises:
            OSError: the note cannot be read.
        """
        if not alert_of(package):
            return None
        try:
            content = json.loads((self._folder / f"{package}.json").read_bytes())
            return Entry(AttemptKey.from_path(content["attempt"]), content["manifest_sha256"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def packages_of(self, alerts: Iterable[str]) -> tuple[str, ...]:
        """Return the packages the station was sent for these alerts, oldest first."""
        wanted = set(alerts)
        names = (path.stem for path in self._folder.glob("*.json"))
        return tuple(sorted(name for name in names if alert_of(name) in wanted))
