"""What a machine lacks for making sheets, one line each."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from ctypes.util import find_library
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from channels.van.settings import VanSettings


def faults(settings: VanSettings) -> Iterator[str]:
    """Yield a line for each missing file, library or font, and for a folder that is read-only."""
    for name in ("fleet", "roads", "population"):
        path: Path = getattr(settings, name)
        if not path.is_file():
            yield f"channels.van.{name}: {path} is missing"
    if not _creatable(settings.directory):
        yield f"channels.van.directory: {settings.directory} cannot be written"
    yield from _machine()


@cache
def _machine() -> tuple[str, ...]:
    lacking = [name for name in ("osmium", "scipy", "segno") if find_spec(name) is None]
    found = [f"no van can be routed: the Python package {name} is missing" for name in lacking]
    if find_spec("weasyprint") is None:
        found.append("van sheets stay HTML: the Python package weasyprint is missing")
    elif not all(map(find_library, ("pango-1.0", "pangoft2-1.0"))):
        found.append(
            "van sheets stay HTML: the system library pango is missing (libpangoft2-1.0-0)"
        )
    if not _has_chinese_font():
        found.append("van sheets cannot show Chinese: no such font (fonts-noto-cjk)")
    return tuple(found)


def _has_chinese_font() -> bool:
    """Ask fontconfig; where its program is missing the answer is taken to be yes."""
    program = shutil.which("fc-list")
    if program is None:
        return True
    command = [program, ":lang=zh-cn", "family"]
    try:
        done = subprocess.run(  # noqa: S603  a program of the system, nobody's words
            command, capture_output=True, timeout=20, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return bool(done.stdout.strip())


def _creatable(folder: Path) -> bool:
    nearest = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
