"""The journal: an append-only record, in JSON lines, of what reached the simulated providers."""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from warnbroker.errors import FileError

Entry = dict[str, Any]


class Kind(StrEnum):
    """What an entry speaks of.

    ``SMS``, ``CALL``, ``MAIL`` and ``ORDER`` (of an area) were accepted, whatever was
    answered; ``REFUSED`` was not. ``HEARD`` is a call that was answered, with the words spoken
    and the keys pressed. ``CALLBACK`` is a request that the provider made itself.
    """

    SMS = "sms"
    CALL = "call"
    MAIL = "mail"
    ORDER = "order"
    HEARD = "heard"
    REFUSED = "refused"
    CALLBACK = "callback"


_REQUESTS = frozenset({Kind.SMS, Kind.CALL, Kind.MAIL, Kind.ORDER, Kind.REFUSED})


class Journal:
    """Entries in a file that a reader may follow, or in memory where no path is given.

    Each entry is one line and one ``write`` to the operating system, so a journal
    outlives the death of whoever writes it; at most its last line is torn. ``counts``
    holds the number of entries by kind since it was opened.

    Raises:
        FileError: the file cannot be opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self._memory: list[Entry] = []
        self._file = -1 if path is None else _open(path)

    def write(self, kind: Kind, **fields: Any) -> None:
        """Append an entry; ``time`` (UTC), ``kind`` and, for a request, ``accepted`` are added."""
        entry = {"time": datetime.now(UTC), "kind": kind.value, **fields}
        if kind in _REQUESTS:
            entry["accepted"] = kind is not Kind.REFUSED
        line = orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)
        self.counts[kind] += 1
        if self._file < 0:
            self._memory.append(orjson.loads(line))
        else:
            _write_whole(self._file, line)

    def entries(self, kind: Kind | None = None) -> Iterator[Entry]:
        """Yield the entries of a kind, or all of them, oldest first."""
        entries = iter(self._memory) if self.path is None else read_journal(self.path)
        return (entry for entry in entries if kind is None or entry["kind"] == kind)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def read_journal(path: Path) -> Iterator[Entry]:
    """Yield the entries of a journal, oldest first, also while it is being written.

    A torn line, which only a crash of the writer leaves, is passed over.

    Raises:
        FileError: the file cannot be read.
    """
    try:
        with path.open("rb") as lines:
            for line in lines:
                entry = _parse(line)
                if entry is not None:
                    yield entry
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}") from error


def _parse(line: bytes) -> Entry | None:
    if not line.endswith(b"\n"):
        return None
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return entry if isinstance(entry, dict) else None


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror}") from error
    size = os.fstat(file).st_size
    if size and os.pread(file, 1, size - 1) != b"\n":
        # A torn line of an earlier run must not swallow our first one.
        _write_whole(file, b"\n")
    return file


def _write_whole(file: int, line: bytes) -> None:
    written = os.write(file, line)
    while written < len(line):
        written += os.write(file, line[written:])
