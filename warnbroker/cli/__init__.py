"""The command line: each module parses the flags of its commands and calls the application."""

import sys
from io import TextIOWrapper

import typer
from typer.exceptions import TyperException

from warnbroker.cli import (
    audit,
    backup,
    cancel,
    channels,
    check,
    correct,
    decide,
    deliveries,
    demo,
    drills,
    gbt,
    issue,
    issuer,
    migrate,
    regions,
    report,
    serve,
    signature,
    simulate,
    subscribers,
    suppressions,
    validate,
    vans,
)
from warnbroker.cli.terminal import complain
from warnbroker.errors import AlertError, ConfigError, Fault, StoreError, WarnbrokerError

app = typer.Typer(
    name="warnbroker",
    help="Publish public warnings over every medium that can still reach people.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(serve.serve)
app.command()(check.check)
app.command()(validate.validate)
app.command()(signature.sign)
app.command()(signature.verify)
app.command()(issue.issue)
app.command()(cancel.cancel)
app.command()(correct.correct)
app.command()(decide.approve)
app.command()(decide.reject)
app.command()(decide.withdraw)
app.command()(decide.override)
app.command()(decide.countersign)
app.command()(decide.admit)
app.command()(decide.pending)
app.command()(channels.channels)
app.command()(deliveries.deliveries)
app.command()(deliveries.retry)
app.add_typer(issuer.app, name="issuer")
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(suppressions.app, name="suppressions")
app.add_typer(regions.app, name="regions")
app.add_typer(vans.app, name="vans")
app.add_typer(gbt.app, name="gbt")
app.add_typer(audit.app, name="audit")
app.add_typer(report.app, name="report")
app.add_typer(drills.app, name="drills")
app.command()(simulate.simulate)
app.command()(migrate.migrate)
app.command()(backup.backup)
app.command()(backup.restore)


def main() -> None:
    """Run a command; exit 0 done, 1 the thing asked about is bad, 2 usage or configuration."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that lacks a character must not end a command.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_status())


def _status() -> int:
    try:
        done = app(sys.argv[1:] or ["--help"], prog_name="warnbroker", standalone_mode=False)
    except BrokenPipeError:
        return 1
    except (TyperException, WarnbrokerError, OSError, ImportError) as error:
        complain(_words(error))
        bad = isinstance(error, WarnbrokerError) and not isinstance(error, ConfigError | StoreError)
        return 1 if bad else 2
    except KeyboardInterrupt:
        return 130
    return done if isinstance(done, int) else 0


def _words(error: TyperException | WarnbrokerError | OSError | ImportError) -> str:
    if isinstance(error, TyperException):
        return _usage(error)
    if isinstance(error, AlertError):
        return "\n".join(_line(fault) for fault in error.faults)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    if isinstance(error, ImportError):
        return f"a library that this needs is not installed: {error.name or error}"
    return str(error)


def _usage(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "warnbroker"
    return f"{error.format_message().rstrip('.')}; see: {command} --help"


def _line(fault: Fault) -> str:
    return f"{fault.rule} {fault.path or 'alert'}: {fault.message}"
