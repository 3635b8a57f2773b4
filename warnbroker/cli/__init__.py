"""The command line: each module parses the flags of its commands and calls the application."""

import sys

import typer

from warnbroker.cli import (
    check,
    database,
    demo,
    issue,
    issuer,
    regions,
    serve,
    simulate,
    subscribers,
    validate,
    vans,
)
from warnbroker.cli.terminal import complain
from warnbroker.errors import ConfigError, WarnbrokerError

app = typer.Typer(
    name="warnbroker",
    help="Publish public warnings over every medium that can still reach people.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(serve.serve)
app.command()(check.check)
app.command()(validate.validate)
app.command()(issue.issue)
app.add_typer(issuer.app, name="issuer")
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(regions.app, name="regions")
app.add_typer(vans.app, name="vans")
app.command()(simulate.simulate)
app.command()(database.migrate)
app.command()(database.backup)
app.command()(database.restore)


def main() -> None:
    """Run a command; exit 0 done, 1 the thing asked about is bad, 2 usage or configuration."""
    try:
        app()
    except ConfigError as error:
        complain(error)
        sys.exit(2)
    except WarnbrokerError as error:
        complain(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
