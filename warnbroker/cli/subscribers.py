"""``warnbroker subscribers``: import and export the list, as a stream."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.text import Text

from warnbroker.cli.terminal import ConfigOption, err, operator, out, plain, progress_bar, run
from warnbroker.errors import FileError
from warnbroker.model.event import Event

if TYPE_CHECKING:
    from warnbroker.intake.subscriber_import import Imported

app = typer.Typer(help="The subscriber list.")


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV with the header that docs/subscribers.md gives.")
    ],
    rejects: Annotated[
        Path | None, typer.Option(help="Where to write bad lines; default FILE.rejects.csv.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Add subscribers, or change those whose ref is known; bad lines go to a rejects file."""
    rejects = rejects or file.parent / f"{file.stem}.rejects.csv"
    done = run(_import(file, rejects, config))
    twice = done.repeated
    again = f" ({twice.count} of them twice: {twice})" if twice.count else ""
    out.print(f"[green]{done.people}[/] people imported{again}.", soft_wrap=True)
    _warn_of_strays(done)
    if done.refused:
        told = f" lines were not: {plain(str(rejects))} says which and why."
        err.print(Text.assemble((str(done.refused), "yellow"), told), soft_wrap=True)
        raise typer.Exit(1)


def _warn_of_strays(done: Imported) -> None:
    """Say whose position lies where nobody is ever warned."""
    if not done.outside.count:
        return
    many = done.outside.count > 1
    told = (
        f"{done.outside.count} position{'s lie' if many else ' lies'} outside all regions "
        f"({done.outside}): no alert reaches them there"
    )
    hint = "; lat and lon look swapped" if done.swapped else ""
    err.print(Text.assemble(("note: ", "yellow"), told, hint), soft_wrap=True)


async def _import(file: Path, rejects: Path, config: ConfigOption) -> Imported:
    from warnbroker.app import open_ledger, vocabulary
    from warnbroker.intake.subscriber_import import import_subscribers
    from warnbroker.settings import load
    from warnbroker.targeting.territory import Territory

    settings = load(config)
    async with open_ledger(settings) as store:
        with progress_bar() as bar:
            task = bar.add_task("Importing", total=file.stat().st_size if file.exists() else None)
            done = await import_subscribers(
                store.subscribers,
                file,
                rejects,
                await vocabulary(settings, store),
                lambda read: bar.update(task, completed=read),
                Territory(await store.regions.all()),
            )
        await store.audit.append(
            operator(), Event.SUBSCRIBERS_IMPORTED, file.name, {"count": done.people}
        )
    return done


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The CSV to write.")], config: ConfigOption = None
) -> None:
    """Write every subscriber, addresses in clear."""
    count = run(_export(file, config))
    told = f" subscribers exported to {plain(str(file))}."
    out.print(Text.assemble((str(count), "green"), told), soft_wrap=True)


async def _export(file: Path, config: ConfigOption) -> int:
    from warnbroker.app import open_ledger
    from warnbroker.intake.subscriber_file import columns_of, write_rows
    from warnbroker.registry import address_kinds
    from warnbroker.settings import load

    count, settings = 0, load(config)
    columns = columns_of(address_kinds(settings.channels))
    async with open_ledger(settings) as store:
        try:
            with _private(file) as target:
                write_rows(target, (), columns, header=True)
                async for page in store.subscribers.export():
                    count += write_rows(target, page, columns)
        except OSError as error:
            raise FileError(f"{file}: cannot be written: {error.strerror}") from error
        await store.audit.append(
            operator(), Event.SUBSCRIBERS_EXPORTED, "subscribers", {"count": count}
        )
    return count


def _private(file: Path) -> TextIO:
    """Open a file that holds addresses in clear: nobody else on the machine may read it."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")
