"""``warnbroker audit``: look at the record, prove it, write it out, and its key."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.text import Text

from warnbroker.cli.audit_table import table
from warnbroker.cli.terminal import (
    ConfigOption,
    JsonOption,
    operator,
    out,
    plain,
    progress_bar,
    run,
)
from warnbroker.cli.words import word
from warnbroker.errors import ConfigError
from warnbroker.model.record import AuditFilter

if TYPE_CHECKING:
    from warnbroker.report.comparison import Contradiction
    from warnbroker.settings import Settings
    from warnbroker.store.breach import Verification

app = typer.Typer(help="The record of who did what: list, verify, export, anchor, key.")

PAGE = 1000
_STANDINGS = ("missing", "present", "altered")


@app.command()
def verify(
    *,
    anchors: Annotated[
        Path | None, typer.Option(help="Anchors that were shipped elsewhere; default: our own.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(help="Public keys (PEM) to believe; default: our own.")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Look whether the record is whole and all rows agree; end with 1 at the first that is not."""
    from warnbroker.settings import load

    found, contradiction = run(_verify(load(config), anchors, public_key))
    if json:
        typer.echo(orjson.dumps(_outcome(found, contradiction)).decode())
    else:
        _tell(found)
        if contradiction is not None:
            _tell_contradiction(contradiction)
    raise typer.Exit(1 if found.breach or contradiction else 0)


async def _verify(
    settings: Settings, anchors: Path | None, public_key: Path | None
) -> tuple[Verification, Contradiction | None]:
    from warnbroker.app.record import anchors_path, open_record, trusted_keys
    from warnbroker.contracts.clock import SystemClock
    from warnbroker.report.comparison import contradictions
    from warnbroker.store.anchors import read_anchors
    from warnbroker.store.audit import AuditTable
    from warnbroker.store.courses import CourseTable
    from warnbroker.store.verify import verify as walk

    own = anchors_path(settings)
    file = anchors or (own if own is not None and own.exists() else None)
    known = read_anchors(file) if file is not None else ()
    keys = trusted_keys(settings, public_key)
    async with open_record(settings) as database:
        head = await AuditTable(database, SystemClock()).head()
        with progress_bar() as bar:
            task = bar.add_task(word("Verifying"), total=head.sequence if head else 0)
            found = await walk(database, keys, known, lambda n: bar.update(task, completed=n))
            if found.breach is not None:
                return found, None
            task = bar.add_task(word("Comparing"), total=found.entries)
            rows = contradictions(CourseTable(database), lambda n: bar.update(task, completed=n))
            return found, await anext(rows, None)


def _tell(found: Verification) -> None:
    for first, last in found.lost:
        told = word("A recorded restore gave up entries {first} to {last}.")
        out.print(Text(told.format(first=first, last=last), "yellow"), soft_wrap=True)
    if found.breach is not None:
        told = word(f"breach.{found.breach.kind}").format(sequence=found.breach.sequence)
        more = f" ({found.breach.detail})" if found.breach.detail else ""
        out.print(Text.assemble((told, "bold red"), plain(more)), soft_wrap=True)
        return
    whole = word("The record is whole: {entries} entries, {anchors} anchors agree.")
    told = whole.format(entries=found.entries, anchors=found.anchors)
    out.print(Text(told, "green"), soft_wrap=True)
    if found.unsigned:
        told = word("The first {unsigned} are of release 0.1 and carry no signature.")
        out.print(told.format(unsigned=found.unsigned), soft_wrap=True)
    if not found.anchors:
        out.print(Text(word("Without anchors nobody sees whether its end is missing."), "yellow"))


def _tell_contradiction(found: Contradiction) -> None:
    told = word("{subject}: {where} says {row}; the record says {recorded}.")
    difference = found.difference
    says = [
        word(item) if item in _STANDINGS else item for item in (difference.row, difference.recorded)
    ]
    line = told.format(subject=found.subject, where=difference.where, row=says[0], recorded=says[1])
    if difference.entry is not None:
        line = f"{line} ({word('Entry {sequence}').format(sequence=difference.entry)})"
    out.print(Text(plain(line), "bold red"), soft_wrap=True)


def _outcome(found: Verification, contradiction: Contradiction | None) -> dict[str, object]:
    breach = found.breach
    return {
        "whole": breach is None,
        "entries": found.entries,
        "unsigned": found.unsigned,
        "anchors": found.anchors,
        "head": found.head.hex(),
        "lost": found.lost,
        "breach": breach
        and {"kind": breach.kind, "sequence": breach.sequence, "detail": breach.detail},
        "contradiction": contradiction
        and {"subject": contradiction.subject, **asdict(contradiction.difference)},
    }


@app.command("list")
def list_(
    *,
    since: Annotated[str, typer.Option(help="A date or time, such as 2026-11-23T02:10.")] = "",
    event: Annotated[str, typer.Option(help="A word of docs/reasons.md.")] = "",
    subject: Annotated[str, typer.Option(help="What it is about, such as an alert's id.")] = "",
    actor: Annotated[str, typer.Option(help="Who did it.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="How many, the last ones; 0: all.")] = 100,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List entries, oldest first."""
    from warnbroker.settings import load

    settings = load(config)
    zone = ZoneInfo(settings.municipality.time_zone)
    wanted = AuditFilter(event, subject, actor, moment(since, zone) if since else None)
    run(_list(settings, wanted, limit, json=json))


async def _list(settings: Settings, wanted: AuditFilter, limit: int, *, json: bool) -> None:
    from warnbroker.api.record import entry_json
    from warnbroker.app.record import open_record
    from warnbroker.contracts.clock import SystemClock
    from warnbroker.store.audit import AuditTable

    zone = ZoneInfo(settings.municipality.time_zone)
    async with open_record(settings) as database:
        audit = AuditTable(database, SystemClock())
        page = await (audit.latest(limit, wanted) if limit else audit.entries(0, PAGE, wanted))
        while page:
            if json:
                for entry in page:
                    typer.echo(orjson.dumps(entry_json(entry)))
            else:
                out.print(table(page, zone))
            page = [] if limit else await audit.entries(page[-1].sequence, PAGE, wanted)


def moment(text: str, zone: ZoneInfo) -> datetime:
    """Read a date or time; without a zone of its own it is the municipality's.

    Raises:
        ConfigError: it is neither.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--since: {text!r} is no date or time; write 2026-11-23") from error
    return found if found.tzinfo else found.replace(tzinfo=zone)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write: one JSON object a line.")],
    config: ConfigOption = None,
) -> None:
    """Write out the whole record; that is recorded too."""
    from warnbroker.settings import load

    count = run(_export(load(config), file))
    told = word("entries written to {file}.").format(file=plain(str(file)))
    out.print(Text.assemble((str(count), "green"), " ", told), soft_wrap=True)


async def _export(settings: Settings, file: Path) -> int:
    from warnbroker.app import open_ledger
    from warnbroker.cli.audit_export import write
    from warnbroker.model.event import Event

    async with open_ledger(settings) as store:
        head = await store.audit.head()
        with progress_bar() as bar:
            task = bar.add_task(word("Exporting"), total=head.sequence if head else 0)
            done = await write(store.audit, file, lambda n: bar.update(task, completed=n))
        await store.audit.append(
            operator(), Event.RECORD_EXPORTED, "audit", {"count": done.count, "sha256": done.sha256}
        )
    return done.count


@app.command()
def anchor(config: ConfigOption = None) -> None:
    """Anchor the newest entry now."""
    from warnbroker.settings import load

    found = run(_anchor(load(config)))
    told = word("Entry {sequence} is anchored.") if found else word("There is nothing to anchor.")
    out.print(told.format(sequence=found))


async def _anchor(settings: Settings) -> int | None:
    from warnbroker.app import open_ledger
    from warnbroker.app.anchoring import anchorer
    from warnbroker.contracts.clock import SystemClock

    clock = SystemClock()
    async with open_ledger(settings, clock) as store:
        found = anchorer(settings, store.audit, clock)
        if found is None:
            raise ConfigError("audit.anchors: must be set where store.url is not SQLite")
        made = await found.anchor(at_least=0)
        return made.sequence if made else None


@app.command()
def key(
    new: Annotated[bool, typer.Option("--new", help="Begin a new key first.")] = False,
    config: ConfigOption = None,
) -> None:
    """Print the public key that proves the record; keep it elsewhere."""
    from warnbroker.app.record import key_path, new_key
    from warnbroker.contracts.clock import SystemClock
    from warnbroker.settings import load
    from warnbroker.store.signer import public_pem, read_signer

    settings = load(config)
    if new:
        signer = run(new_key(settings, operator(), SystemClock()))
    else:
        signer = read_signer(key_path(settings))
    typer.echo(public_pem(signer.public), nl=False)
