"""What the calls of one alert can say: kept, since a key comes in long after the call was made.

Whoever answers a key, or is asked for a long call's words, may be another process than the one
that called, or the same one after a restart. So each sheet is a file, named by its content.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from channels.voice.files import write_whole
from warnbroker.log import log
from warnbroker.model.event import Event

_KEPT = 256
_OLDEST = timedelta(days=30)
_NAME = 32
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Words:
    """A call's words in one language.

    ``recording`` is the file of a voice that says all of it, ``opening`` of one that goes
    before; both empty where there is none.
    """

    language: str
    script: str
    confirm: str = ""
    thanks: str = ""
    recording: str = ""
    opening: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One text in all its languages, and until when it may be said."""

    expires: datetime
    words: tuple[Words, ...]

    def in_language(self, language: str) -> Words:
        """Return the words in a language, else the first ones."""
        return next((w for w in self.words if w.language == language), self.words[0])

    def after(self, language: str) -> Words | None:
        """Return the words in the next language, in a circle; None where there is one only."""
        if len(self.words) < 2:
            return None
        order = [w.language for w in self.words]
        here = order.index(language) if language in order else -1
        return self.words[(here + 1) % len(order)]

    def dump(self) -> bytes:
        """Write it, the same content always the same."""
        content = {"expires": self.expires.isoformat(), "words": [asdict(w) for w in self.words]}
        return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def load(cls, content: bytes) -> "Sheet":
        """Read ``dump`` back.

        Raises:
            ValueError: it is not of that form.
        """
        try:
            found = json.loads(content)
            words = tuple(Words(**item) for item in found["words"])
            return cls(datetime.fromisoformat(found["expires"]), words)
        except (KeyError, TypeError) as error:
            raise ValueError("not a sheet") from error


class Sheets:
    """Keeps sheets, in memory and where there is a directory in it; tells which alerts ended.

    A disk that is full must ring nobody less: then there is the memory alone, and one line.
    """

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._sheets: dict[str, Sheet] = {}
        self._ends: dict[str, str] = {}

    def put(self, sheet: Sheet) -> str:
        """Keep a sheet; return its name."""
        content = sheet.dump()
        name = blake2b(content, digest_size=_NAME // 2).hexdigest()
        if name not in self._sheets:
            self._write(f"sheets/{name}.json", content)
            _remember(self._sheets, name, sheet)
        return name

    def get(self, name: str) -> Sheet | None:
        """Return a sheet; None where nobody kept it."""
        if name not in self._sheets and _is_name(name):
            found = self._read(f"sheets/{name}.json", Sheet.load)
            if found is not None:
                _remember(self._sheets, name, found)
        return self._sheets.get(name)

    def end(self, alert: str, name: str) -> None:
        """Note that an alert was called off, and the sheet that says so."""
        self._write(f"ended/{alert}", name.encode())
        _remember(self._ends, alert, name)

    def ending(self, alert: str) -> Sheet | None:
        """Return what to say of an alert that was called off; None while it was not."""
        name = self._ends.get(alert)
        if name is None and alert.isalnum():
            # Another process may have learnt it a moment ago, so an absence is not remembered.
            name = self._read(f"ended/{alert}", bytes.decode)
        return self.get(name) if name else None

    def prune(self, now: datetime) -> None:
        """Delete what is older than any warning lasts."""
        before = (now - _OLDEST).timestamp()
        for kind in ("sheets", "ended"):
            folder = self._directory / kind if self._directory else None
            for path in folder.iterdir() if folder and folder.is_dir() else ():
                if path.stat().st_mtime < before:
                    path.unlink(missing_ok=True)

    def _write(self, name: str, content: bytes) -> None:
        if self._directory is None:
            return
        try:
            write_whole(self._directory / name, content)
        except OSError as error:
            why = error.strerror or type(error).__name__
            log.error(Event.CHANNEL_FAULT, channel="voice", fault=f"directory: {why}")

    def _read(self, name: str, read: Callable[[bytes], Found]) -> Found | None:
        if self._directory is None:
            return None
        try:
            return read((self._directory / name).read_bytes())
        except (OSError, ValueError):
            return None


def _remember(kept: dict[str, Found], name: str, value: Found) -> None:
    while len(kept) >= _KEPT:
        kept.pop(next(iter(kept)))
    kept[name] = value


def _is_name(name: str) -> bool:
    return len(name) == _NAME and set(name) <= set("0123456789abcdef")
