"""``warnbroker validate``: all CAP rules on files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from warnbroker.cli.terminal import JsonOption, err, out
from warnbroker.errors import AlertError, Fault, TooLargeError, UnreadableError


def validate(
    files: Annotated[list[Path], typer.Argument(help="CAP 1.2 as XML or JSON.")],
    *,
    json: JsonOption = False,
) -> None:
    """Check files against the rules of CAP: exit 0 valid, 1 invalid, 2 unreadable."""
    raise typer.Exit(max(_report(file, json=json) for file in files))


def _report(file: Path, *, json: bool) -> int:
    try:
        faults = _faults(file.read_bytes())
    except (OSError, UnreadableError, TooLargeError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        if json:
            fault = {"rule": "file.unreadable", "level": "error", "line": None, "path": "",
                     "message": reason}  # fmt: skip
            _write({"file": str(file), "valid": False, "errors": [fault]})
        else:
            err.print(f"warnbroker: {file}: cannot be read: {reason}", markup=False, soft_wrap=True)
        return 2
    valid = all(fault.level != "error" for fault in faults)
    if json:
        _write({"file": str(file), "valid": valid, "errors": [_row(fault) for fault in faults]})
    else:
        _print(file, faults, valid=valid)
    return 0 if valid else 1


def _faults(body: bytes) -> list[Fault]:
    from warnbroker.cap import check, read_json, read_xml

    try:
        parsed = read_json(body) if body.lstrip()[:1] == b"{" else read_xml(body)
    except AlertError as error:
        return list(error.faults)
    return [*parsed.warnings, *check(parsed.alert, datetime.now(UTC))]


def _row(fault: Fault) -> dict[str, object]:
    return {
        "rule": fault.rule,
        "level": fault.level,
        "line": fault.line,
        "path": fault.path,
        "message": fault.message,
    }


def _write(row: dict[str, object]) -> None:
    typer.echo(orjson.dumps(row).decode())


def _print(file: Path, faults: list[Fault], *, valid: bool) -> None:
    for fault in faults:
        colour = "red" if fault.level == "error" else "yellow"
        out.print(f"{fault.rule} [{colour}]{fault.level}[/] ", end="")
        out.print(f"{fault.path or 'alert'} {fault.message}", markup=False, soft_wrap=True)
    word = "[green]valid[/]" if valid else "[red]invalid[/]"
    out.print(f"{file}: {word}")
