"""``warnbroker validate``: all CAP rules on files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.text import Text

from warnbroker.cli.files import is_json, read_body
from warnbroker.cli.terminal import JsonOption, complain, out, plain
from warnbroker.errors import AlertError, Fault, FileError, TooLargeError, UnreadableError


def validate(
    files: Annotated[list[Path], typer.Argument(help="CAP 1.2 as XML or JSON.")],
    *,
    json: JsonOption = False,
) -> None:
    """Check files against the rules of CAP: exit 0 valid, 1 invalid, 2 unreadable."""
    raise typer.Exit(max(_report(file, json=json) for file in files))


def _report(file: Path, *, json: bool) -> int:
    try:
        faults = _faults(read_body(file))
    except (FileError, UnreadableError, TooLargeError) as error:
        reason = str(error).removeprefix(f"{file}: ").removeprefix("cannot be read: ")
        if json:
            _write(file, [Fault("file.unreadable", reason)], valid=False)
        else:
            complain(f"{file}: cannot be read: {reason}")
        return 2
    valid = all(fault.level != "error" for fault in faults)
    if json:
        _write(file, faults, valid=valid)
    else:
        _print(file, faults, valid=valid)
    return 0 if valid else 1


def _faults(body: bytes) -> list[Fault]:
    from warnbroker.cap import check, read_json, read_xml

    try:
        parsed = read_json(body) if is_json(body) else read_xml(body)
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


def _write(file: Path, faults: list[Fault], *, valid: bool) -> None:
    # A name that is no UTF-8 is shown as near to itself as JSON can.
    name = str(file).encode("utf-8", "replace").decode()
    row = {"file": name, "valid": valid, "errors": [_row(fault) for fault in faults]}
    typer.echo(orjson.dumps(row).decode())


def _print(file: Path, faults: list[Fault], *, valid: bool) -> None:
    for fault in faults:
        colour = "red" if fault.level == "error" else "yellow"
        where = f"{fault.path or 'alert'} {fault.message}"
        out.print(
            Text.assemble(f"{fault.rule} ", (fault.level, colour), f" {plain(where)}"),
            soft_wrap=True,
        )
    word = ("valid", "green") if valid else ("invalid", "red")
    out.print(Text.assemble(f"{plain(str(file))}: ", word), soft_wrap=True)
