"""The published directory: files that appear whole, and outlive a loss of power."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import structlog
from pydantic import ValidationError

from channels.feed.entry import Entry, codec

_SETTLED = 1_000_000_000
_log = structlog.get_logger()


class Shelf:
    """Holds ``cap/ID.xml``, ``entries/ID.json`` and ``feeds/SCOPE[.LANGUAGE].rss`` or ``.atom``."""

    def __init__(self, directory: Path) -> None:
        self._cap = directory / "cap"
        self._entries = directory / "entries"
        self._feeds = directory / "feeds"
        self._stamps: dict[Path, int] = {}

    def make(self) -> None:
        """Make the folders."""
        for folder in (self._cap, self._entries, self._feeds):
            folder.mkdir(parents=True, exist_ok=True)

    def stamp(self) -> int:
        """Return a number that changes whenever an entry is put down, also by another process."""
        touched, now = self._entries.stat().st_mtime_ns, time.time_ns()
        # Changes within one tick of the disk's clock share a time: a young one counts as new.
        return touched if now - touched > _SETTLED else now

    def new_entries(self) -> Iterator[Entry]:
        """Yield the entries that were written since the last call; leave out what is unreadable."""
        for path in sorted(self._entries.glob("*.json")):
            stamp = path.stat().st_mtime_ns
            if self._stamps.get(path) != stamp:
                self._stamps[path] = stamp
                yield from _read(path)

    def put(self, entry: Entry, cap: bytes) -> None:
        """Write an alert's CAP message, then its entry, so that no entry links to nothing."""
        _write_new(self._cap / f"{entry.id}.xml", cap)
        _write_new(self._entries / f"{entry.id}.json", codec().dump_json(entry, indent=1))

    def cap(self, alert_id: str) -> bytes | None:
        """Return the CAP message of an alert, None if there is none."""
        return _bytes(self._cap / f"{alert_id}.xml")

    def put_feed(self, scope: str, language: str, form: str, body: bytes) -> None:
        """Write a feed; ``language`` is empty for the municipality's first one."""
        _write_new(self._feed(scope, language, form), body)

    def feed(self, scope: str, language: str, form: str) -> bytes | None:
        """Return a feed as it lies on the disk."""
        return _bytes(self._feed(scope, language, form))

    def _feed(self, scope: str, language: str, form: str) -> Path:
        stem = quote(scope, safe="").replace(".", "%2E")
        tongue = f".{quote(language, safe='')}" if language else ""
        return self._feeds / f"{stem}{tongue}.{form}"


def write_whole(path: Path, body: bytes) -> None:
    """Put a file in place by one rename, after its bytes are on the disk."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with draft.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_new(path: Path, body: bytes) -> None:
    if _bytes(path) != body:
        write_whole(path, body)


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _read(path: Path) -> Iterator[Entry]:
    try:
        yield codec().validate_json(path.read_bytes())
    except (OSError, ValidationError):
        _log.error("feed_entry_unreadable", file=path.name)
