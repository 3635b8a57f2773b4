"""A van's files on disk: whole or not at all, durable, and read back."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from channels.van import exports
from channels.van.model import Plan, VanPlan
from channels.van.pdf import NO_PRINTER
from channels.van.sheet import html
from channels.van.summary import summary
from warnbroker.errors import FileError, WarnbrokerError

PLAN = "plan.json"
_ROUTES = "routes.json"

_PRINT_SECONDS = 120


class PrintError(WarnbrokerError):
    """A sheet could not be printed; ``lasting`` when the machine lacks what it takes."""

    def __init__(self, text: str, *, lasting: bool) -> None:
        super().__init__(text)
        self.lasting = lasting


@dataclass(frozen=True, slots=True)
class Written:
    """A van's files; ``fault`` says why an HTML page stands in for the PDF, if it does."""

    paths: tuple[Path, ...]
    fault: PrintError | None = None


def write_plan(plan: Plan, directory: Path) -> Path:
    """Write ``DIRECTORY/{alert}/plan.json``, and before it ``routes.json`` with all geometry.

    Raises:
        OSError: they are as they were, or the routes alone are new.
    """
    folder = directory / plan.alert
    write_whole(folder / _ROUTES, plan.model_dump_json().encode())
    brief = json.dumps(summary(plan), ensure_ascii=False, indent=1)
    return write_whole(folder / PLAN, brief.encode())


def read_plan(alert: str, directory: Path) -> Plan | None:
    """Read an alert's plan back, None if there is none yet.

    Raises:
        FileError: it cannot be read, or is no plan.
    """
    path = directory / alert / _ROUTES
    try:
        return Plan.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise FileError(f"{path}: no plan can be read from it") from error


def write_sheet(plan: Plan, part: VanPlan, directory: Path) -> Written:
    """Write one van's files below ``DIRECTORY/{alert}``.

    The data files come first: a crew with a tablet can go by them while the sheet is printed.
    Where it cannot be printed the page is kept as HTML, which any browser prints.

    Raises:
        OSError: a file could not be written, or does not read back as it was written.
    """
    stem = _stem(plan, part, directory)
    paths = [
        write_whole(stem.with_suffix(".geojson"), exports.geojson(plan, part)),
        write_whole(stem.with_suffix(".gpx"), exports.gpx(plan, part)),
        write_whole(stem.with_suffix(".csv"), exports.table(plan, part)),
    ]
    page = html(plan, part)
    try:
        printed = print_page(page)
    except PrintError as error:
        return Written((*paths, write_whole(stem.with_suffix(".html"), page.encode())), error)
    return Written((*paths, write_whole(stem.with_suffix(".pdf"), printed)))


def sheet_of(plan: Plan, part: VanPlan, directory: Path) -> Path | None:
    """Return a van's sheet as it lies on disk; it is written last, so the data are there too."""
    stem = _stem(plan, part, directory)
    sheets = (stem.with_suffix(".pdf"), stem.with_suffix(".html"))
    return next(filter(Path.is_file, sheets), None)


def write_sheets(plan: Plan, directory: Path) -> list[Path]:
    """Write the plan and all vans' files; the paths come back in writing order.

    Raises:
        OSError: a file could not be written.
    """
    paths = [write_plan(plan, directory)]
    for part in plan.vans:
        paths += write_sheet(plan, part, directory).paths
    return paths


def print_page(page: str) -> bytes:
    """Print a page as PDF in a process of its own.

    Raises:
        PrintError: there is no PDF.
    """
    with tempfile.TemporaryDirectory(prefix="warnbroker-sheet-") as folder:
        source, target = Path(folder, "sheet.html"), Path(folder, "sheet.pdf")
        source.write_text(page, encoding="utf-8")
        command = [sys.executable, "-P", str(Path(__file__).with_name("pdf.py"))]
        command += [str(source), str(target)]
        try:
            done = subprocess.run(  # noqa: S603  our own program, and files we made
                command, capture_output=True, timeout=_PRINT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise PrintError("printing the sheet took too long", lasting=False) from error
        if done.returncode == 0 and target.is_file():
            return target.read_bytes()
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise PrintError(f"no PDF: {last}", lasting=done.returncode == NO_PRINTER)


def _stem(plan: Plan, part: VanPlan, directory: Path) -> Path:
    return directory / plan.alert / f"{_prefix(plan)}{part.van.id}-r{plan.briefing.revision}"


def _prefix(plan: Plan) -> str:
    """Return what the name of a drill's sheet begins with, nothing for the real thing."""
    return "DRILL-" if plan.briefing.drill else ""


def write_whole(path: Path, data: bytes) -> Path:
    """Write a file whole or not at all, and read it back.

    Raises:
        OSError: it could not be written, or does not read back.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _sync(path.parent)
    if path.read_bytes() != data:
        raise OSError(f"{path} does not read back as it was written")
    return path


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
