"""The drop: a package appears in a station's ``incoming`` folder by one rename, or not at all."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from channels.broadcast.package import MANIFEST, Package, same_facts, sha256

INCOMING = "incoming"
ACKS = "ack"
STAGING = ".staging"


def lay_out(station: Path) -> None:
    """Make a station's folders, and clear away what a crash left half written.

    Raises:
        OSError: they cannot be made.
    """
    for name in (INCOMING, ACKS, STAGING):
        (station / name).mkdir(parents=True, exist_ok=True)
    for leftover in (station / STAGING).iterdir():
        _remove_abandoned(leftover)


def drop(station: Path, package: Package) -> None:
    """Put a package into ``incoming``, durably.

    Raises:
        FileExistsError: there is one of that name already.
        OSError: nothing was put there.
    """
    incoming = station / INCOMING
    with _staged(station / STAGING, package.name) as staging:
        for name, data in package.files.items():
            _write(staging / name, data)
        _sync(staging)
        try:
            staging.rename(incoming / package.name)
        except OSError as error:
            if (incoming / package.name).exists():
                raise FileExistsError(error.errno, "it is there already") from error
            raise


def settle(station: Path) -> None:
    """Make the newest drop outlast a power cut.

    Raises:
        OSError: nobody knows whether it would.
    """
    _sync(station / INCOMING)


def is_there(station: Path, name: str) -> bool:
    """Tell whether a package of that name lies in ``incoming``."""
    return (station / INCOMING / name).is_dir()


def read_back(station: Path, package: Package) -> bool:
    """Tell whether ``incoming`` holds exactly these files.

    Raises:
        OSError: it cannot be read.
    """
    folder = station / INCOMING / package.name
    found = {path.name: sha256(path.read_bytes()) for path in folder.iterdir()}
    return found == {name: sha256(data) for name, data in package.files.items()}


def published_manifest(station: Path, package: Package) -> bytes | None:
    """Return the manifest of the package that lies there, if it states the same and is whole.

    The sound may be another: a newer voice must not make a package seem a different one.

    Raises:
        OSError: it cannot be read.
    """
    folder = station / INCOMING / package.name
    try:
        manifest = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        return None
    whole = all(
        sha256((folder / name).read_bytes()) == sha256(data)
        for name, data in _texts(package.files).items()
        if (folder / name).is_file()
    )
    return manifest if whole and same_facts(manifest, package.files[MANIFEST]) else None


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole and durable, or as it was.

    Raises:
        OSError: it is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(part, data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _sync(path.parent)


def _texts(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if name.endswith((".txt", ".xml"))}


@contextmanager
def _staged(root: Path, name: str) -> Iterator[Path]:
    """Lend a staging folder; its lock tells other processes that it is not abandoned."""
    staging = root / f"{name}.{secrets.token_hex(4)}"
    staging.mkdir(parents=True)
    handle = os.open(staging, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        os.close(handle)


def _remove_abandoned(leftover: Path) -> None:
    with suppress(OSError):
        handle = os.open(leftover, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(leftover)
        finally:
            os.close(handle)


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
