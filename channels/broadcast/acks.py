"""Answers of one station: files that it writes into ``ack``, read once and kept.

A file is first taken out of the station's hands by a rename to ``.taken``, so that the
station may write its next answer at any time. It is read there, and its evidence returned
again at some of the next calls: a caller that could not record it gets it once more, and a
process that starts anew gets all of it. Then the file moves to ``done``.
"""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import structlog

from channels.broadcast.answers import Rejected, read_answer
from channels.broadcast.ledger import Ledger
from warnbroker.model.event import Event
from warnbroker.model.receipt import Evidence

TAKEN, DONE, REJECTED = ".taken", "done", "rejected"
MAX_SIZE = 64 * 1024
_AT_ONCE = 200
_NAME_LENGTH = 120
_RETURNED_AT = frozenset({1, 2, 4, 8, 16})
"""The calls at which evidence is returned, counted from the one that first found it."""

_log = structlog.get_logger()


@dataclass(slots=True)
class _Known:
    """The evidence of a file that was read, and at how many calls it was known."""

    evidence: Evidence
    calls: int = 0


class AckTray:
    """The ``ack`` folder of one station."""

    def __init__(self, folder: Path, station: str, ledger: Ledger) -> None:
        self._folder = folder
        self._station = station
        self._ledger = ledger
        self._known: dict[Path, _Known] = {}

    def collect(self) -> list[Evidence]:
        """Return the evidence of what came in since, and some of what came in shortly before.

        Raises:
            OSError: the folder cannot be used now; nothing was lost.
        """
        for name in (TAKEN, DONE, REJECTED):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        for path in self._unread():
            if evidence := self._evidence(path):
                self._known[path] = _Known(evidence)
        for known in self._known.values():
            known.calls += 1
        self._put_away()
        return [known.evidence for known in self._known.values() if known.calls in _RETURNED_AT]

    def _put_away(self) -> None:
        for path, known in tuple(self._known.items()):
            if known.calls > max(_RETURNED_AT):
                # Another process that reads the same folder may have been faster.
                with suppress(FileNotFoundError):
                    path.rename(self._folder / DONE / path.name)
                del self._known[path]

    def _unread(self) -> list[Path]:
        """Return the files to read: those left by a crash, and new ones."""
        taken = self._folder / TAKEN
        for path in islice(self._arrived(), _AT_ONCE):
            with suppress(FileNotFoundError):
                path.rename(taken / f"{_plain(path.stem)}.{time.time_ns()}.json")
        return sorted(path for path in taken.iterdir() if path not in self._known)

    def _arrived(self) -> Iterator[Path]:
        paths = (path for path in self._folder.iterdir() if not path.name.startswith("."))
        return (path for path in paths if path.suffix == ".json")

    def _evidence(self, path: Path) -> Evidence | None:
        package = path.name.rsplit(".", 2)[0]
        try:
            return read_answer(_content(path), package, self._ledger)
        except FileNotFoundError:
            return None
        except Rejected as rejection:
            self._reject(path, str(rejection))
            return None

    def _reject(self, path: Path, reason: str) -> None:
        kept = self._folder / REJECTED / path.name
        kept.with_suffix(".reason.txt").write_text(reason + "\n", "utf-8")
        path.rename(kept)
        _log.warning(Event.CALLBACK_REFUSED, station=self._station, file=path.name, reason=reason)


def _plain(name: str) -> str:
    """Return a stranger's file name as ASCII, short enough to be lengthened."""
    return os.fsencode(name).decode("ascii", "backslashreplace")[:_NAME_LENGTH]


def _content(path: Path) -> bytes:
    """Read a file that a stranger wrote: no link is followed, and no pipe is waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Rejected("not a file that can be read") from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Rejected("not a regular file")
        if status.st_size > MAX_SIZE:
            raise Rejected(f"larger than {MAX_SIZE} bytes")
        return os.read(handle, MAX_SIZE)
    finally:
        os.close(handle)
