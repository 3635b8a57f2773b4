"""What all commands share: the console, the event loop, one-line errors."""

import asyncio
import getpass
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import uvloop
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from warnbroker.model.actor import Actor

T = TypeVar("T")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings of your own, over the shipped ones.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work on the fast loop; logs go to stderr, and only the grave ones."""
    from warnbroker.log import set_up

    set_up("error")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def complain(error: object) -> None:
    """Print an error on stderr, a line for each fault."""
    for line in str(error).splitlines():
        text = Text.assemble(("warnbroker:", "bold red"), " ", plain(line))
        err.print(text, soft_wrap=True)


def plain(text: str) -> str:
    """Return text from a file or a name so that it can neither break nor steer a terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def progress_bar() -> Progress:
    """Return a bar for long work, on stderr."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=not err.is_terminal,
        disable=not err.is_terminal,
    )


def numbers_table(first: str, *columns: str) -> Table:
    """Return an empty table of one column of names and some of numbers, fit for 80 columns."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def operator() -> Actor:
    """Return who acts at this terminal, for the record."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        name = f"user {os.getuid()}"
    return Actor(name, "command line")
