"""Anchors: heads of the record, signed, in a file that can be shipped elsewhere."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from warnbroker.errors import ConfigError
from warnbroker.store.signer import ANCHOR, KEY_ID_BYTES, Keyring, Mark, Signer, sync_folder

_TAIL = 64 * 1024


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the newest entry was at a time; ``line`` is where it stands in its file."""

    sequence: int
    hash: bytes
    at: datetime
    signature: bytes
    line: int = 0

    def check(self, keys: Keyring) -> Mark:
        """Say whether one of the keys signed it."""
        return keys.check(self.signature, ANCHOR, _content(self.sequence, self.hash, self.at))


def signed(sequence: int, head: bytes, at: datetime, signer: Signer) -> Anchor:
    """Return the anchor of a head."""
    return Anchor(sequence, head, at, signer.sign(ANCHOR, _content(sequence, head, at)))


def _content(sequence: int, head: bytes, at: datetime) -> bytes:
    return orjson.dumps([sequence, head.hex(), at.isoformat()])


class AnchorFile:
    """A file of JSON lines that only grows: sequence, hash, at, signature, key."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, anchor: Anchor) -> None:
        """Write an anchor and see it on the disk.

        What a crash left of a line stays as a line of its own, which readers pass over.

        Raises:
            ConfigError: the file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as file:
                # Freed with the file; two that write at once must not mix their lines.
                fcntl.flock(file, fcntl.LOCK_EX)
                is_new = file.seek(0, os.SEEK_END) == 0
                torn = not is_new and _last_byte(file.fileno()) != b"\n"
                file.write((b"\n" if torn else b"") + _line(anchor))
                file.flush()
                os.fsync(file.fileno())
            if is_new:
                sync_folder(self.path.parent)
        except OSError as error:
            raise ConfigError(
                f"audit.anchors: cannot write {self.path}: {error.strerror}"
            ) from error

    def newest(self) -> Anchor | None:
        """Return the last whole anchor, None where there is none.

        Raises:
            ConfigError: the file cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
                lines = file.read().splitlines()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(self.path, error) from error
        whole = (_anchor(line, 0) for line in reversed(lines))
        return next((anchor for anchor in whole if anchor is not None), None)


def read_anchors(path: Path) -> Sequence[Anchor]:
    """Return the anchors of a file in the order of their entries; torn lines are left out.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        return sorted(_anchors(path), key=lambda anchor: (anchor.sequence, anchor.line))
    except OSError as error:
        raise _unreadable(path, error) from error


def _anchors(path: Path) -> Iterator[Anchor]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            found = _anchor(line, number)
            if found is not None:
                yield found


def _anchor(line: bytes, number: int) -> Anchor | None:
    try:
        told = orjson.loads(line)
        return Anchor(
            sequence=int(told["sequence"]),
            hash=bytes.fromhex(told["hash"]),
            at=datetime.fromisoformat(told["at"]),
            signature=bytes.fromhex(told["key"]) + bytes.fromhex(told["signature"]),
            line=number,
        )
    except (ValueError, TypeError, KeyError):
        return None


def _line(anchor: Anchor) -> bytes:
    told = {
        "sequence": anchor.sequence,
        "hash": anchor.hash.hex(),
        "at": anchor.at.isoformat(),
        "signature": anchor.signature[KEY_ID_BYTES:].hex(),
        "key": anchor.signature[:KEY_ID_BYTES].hex(),
    }
    return orjson.dumps(told) + b"\n"


def _last_byte(handle: int) -> bytes:
    return os.pread(handle, 1, os.fstat(handle).st_size - 1)


def _unreadable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"audit.anchors: cannot read {path}: {error.strerror}")
