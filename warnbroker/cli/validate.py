"""``warnbroker validate``: all CAP rules on files."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.text import Text

from warnbroker.cli.files import is_json, read_body
from warnbroker.cli.terminal import JsonOption, complain, out, plain
from warnbroker.cli.words import chinese
from warnbroker.errors import (
    AlertError,
    ConfigError,
    Fault,
    FileError,
    TooLargeError,
    UnreadableError,
)
from warnbroker.model.alert import Alert

if TYPE_CHECKING:
    from warnbroker.cap.profiles import Profile

PROFILES = "cap-au, cap-cp, google, ipaws, meteoalarm"
"""Named here because looking them up takes longer than ``--help`` should."""

_WITHHELD = "relay.withheld"


def validate(
    files: Annotated[list[Path], typer.Argument(help="CAP 1.2 as XML or JSON.")],
    *,
    profile: Annotated[
        list[str] | None,
        typer.Option(help=f"Hold it to a profile too: {PROFILES}."),
    ] = None,
    relay: Annotated[
        bool, typer.Option("--relay", help="Read it as from another platform: as far as it goes.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Check files against the rules of CAP: exit 0 valid, 1 invalid, 2 unreadable."""
    profiles = tuple(_profile(name) for name in profile or ())
    raise typer.Exit(max(_report(file, profiles, relay=relay, json=json) for file in files))


def _profile(name: str) -> "Profile":
    from warnbroker.cap.profiles import load_profile

    try:
        return load_profile(name)
    except ConfigError as error:
        raise typer.BadParameter(str(error), param_hint="--profile") from error


def _report(file: Path, profiles: Sequence["Profile"], *, relay: bool, json: bool) -> int:
    try:
        body = read_body(file)
        faults = _relayed(body, profiles) if relay else _faults(body, profiles)
    except (FileError, UnreadableError, TooLargeError) as error:
        reason = str(error).removeprefix(f"{file}: ").removeprefix("cannot be read: ")
        if json:
            _write(file, [Fault("file.unreadable", reason)], valid=False)
        else:
            complain(f"{file}: cannot be read: {reason}")
        return 2
    # What is wrong in another platform's message was put right or left out.
    mended = [fault for fault in faults if relay and fault.rule.startswith("relay.")]
    grave = [fault for fault in faults if fault.level == "error" and fault not in mended]
    valid = not grave and not any(fault.rule == _WITHHELD for fault in faults)
    if json:
        _write(file, faults, valid=valid)
    else:
        _print(file, faults, valid=valid)
    return 0 if valid else 1


def _faults(body: bytes, profiles: Sequence["Profile"]) -> list[Fault]:
    from warnbroker.cap import read_json, read_xml

    judge = partial(_judge, profiles)
    try:
        parsed = read_json(body, judge=judge) if is_json(body) else read_xml(body, judge=judge)
    except AlertError as error:
        return list(error.faults)
    return [*parsed.warnings, *parsed.locate(judge(parsed.alert))]


def _judge(
    profiles: Sequence["Profile"], alert: Alert, unread: Collection[str] = ()
) -> list[Fault]:
    from warnbroker.cap import check

    own = [fault for profile in profiles for fault in profile.faults(alert, unread)]
    return [*check(alert, datetime.now(UTC), issuing=False, unread=unread), *own]


def _relayed(body: bytes, profiles: Sequence["Profile"]) -> list[Fault]:
    """Return the defects of all alerts in a message; raises as ``read_xml`` where it is no XML."""
    from warnbroker.cap.relay import Cause, read_relayed

    faults: list[Fault] = []
    for item in read_relayed(body):
        if item.cause is Cause.NOT_XML:
            raise UnreadableError(item.detail)
        faults += item.defects
        if item.alert is None:
            text = f"{item.cause}: {item.detail}; it would be withheld"
            faults.append(Fault(_WITHHELD, text))
        else:
            faults += [fault for own in profiles for fault in own.faults(item.alert)]
    return faults


def _row(fault: Fault) -> dict[str, object]:
    return {
        "rule": fault.rule,
        "level": fault.level,
        "line": fault.line,
        "path": fault.path,
        "message": _message(fault),
    }


def _message(fault: Fault) -> str:
    from warnbroker.cap.rules.catalogue import in_language

    return in_language(fault, "zh-CN" if chinese() else "en")


def _write(file: Path, faults: list[Fault], *, valid: bool) -> None:
    # A name that is no UTF-8 is shown as near to itself as JSON can.
    name = str(file).encode("utf-8", "replace").decode()
    row = {"file": name, "valid": valid, "errors": [_row(fault) for fault in faults]}
    typer.echo(orjson.dumps(row).decode())


def _print(file: Path, faults: list[Fault], *, valid: bool) -> None:
    for fault in faults:
        colour = "red" if fault.level == "error" else "yellow"
        where = f"{fault.path or 'alert'} {_message(fault)}{_line(fault)}"
        out.print(
            Text.assemble(f"{fault.rule} ", (fault.level, colour), f" {plain(where)}"),
            soft_wrap=True,
        )
    word = ("valid", "green") if valid else ("invalid", "red")
    out.print(Text.assemble(f"{plain(str(file))}: ", word), soft_wrap=True)


def _line(fault: Fault) -> str:
    if fault.line is None:
        return ""
    return f"（第 {fault.line} 行）" if chinese() else f" (line {fault.line})"
