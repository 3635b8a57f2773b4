"""``warnbroker report``: what the record says of how people acted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from warnbroker.cli.audit import moment
from warnbroker.cli.terminal import ConfigOption, JsonOption, out, plain, run
from warnbroker.cli.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warnbroker.model.finding import FindingRecord
    from warnbroker.settings import Settings

app = typer.Typer(help="Reports from the record.")

PAGE = 500
_COLOURS = {"concealed": "bold red", "false": "red", "missed": "magenta", "late": "yellow"}


@app.callback()
def report() -> None:
    """Keep sub-commands under this name."""


@app.command()
def conduct(
    since: Annotated[
        str, typer.Option(help="A date or time, such as 2026-11-23; default: 90 days ago.")
    ] = "",
    *,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show what looks late, missed, false or concealed, and what people decided about it."""
    from warnbroker.settings import load

    settings = load(config)
    zone = ZoneInfo(settings.municipality.time_zone)
    found = run(_conduct(settings, moment(since, zone) if since else None))
    if json:
        from warnbroker.api.findings import finding_json

        for item in found:
            typer.echo(orjson.dumps(finding_json(item)))
        return
    if not found:
        out.print(Text(word("Nothing was late, missed, false or concealed."), "green"))
        return
    out.print(_table(found, zone))


async def _conduct(settings: Settings, since: datetime | None) -> Sequence[FindingRecord]:
    from warnbroker.app import open_ledger
    from warnbroker.app.conduct import conduct_of
    from warnbroker.contracts.clock import SystemClock

    clock = SystemClock()
    async with open_ledger(settings, clock) as store:
        await conduct_of(settings, store, clock).examine(since)
        found: list[FindingRecord] = []
        after = ""
        while page := await store.findings.page(
            kind="", ruling=None, since=since, after=after, limit=PAGE
        ):
            found += page
            after = page[-1].id
    return sorted(found, key=lambda item: (item.found_at, item.kind, item.subject))


def _table(found: Sequence[FindingRecord], zone: ZoneInfo) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("finding", "found", "class", "kind", "about", "compared", "verdict"):
        table.add_column(word(name))
    for item in found:
        verdict = word(f"verdict.{item.ruling or 'open'}")
        decided = f"{verdict}: {item.person}" if item.person else verdict
        table.add_row(
            item.id,
            f"{item.found_at.astimezone(zone):%Y-%m-%d %H:%M}",
            Text(word(f"class.{item.kind.class_}"), _COLOURS[item.kind.class_]),
            word(f"finding.{item.kind}"),
            Text(plain(item.subject)),
            Text(plain(_compared(item.detail))),
            Text(plain(decided), "green" if item.person else ""),
        )
    return table


def _compared(detail: Mapping[str, object]) -> str:
    """Return a finding's times in short: how long it took, and how long it might have."""
    seconds, limit = detail.get("seconds"), detail.get("limit_seconds")
    if isinstance(seconds, int | float):
        return f"{_clock(seconds)} / {_clock(limit)}" if limit else _clock(seconds)
    if isinstance(limit, int | float):
        return f"- / {_clock(limit)}"
    differences = detail.get("differences")
    if isinstance(differences, list):
        return "; ".join(
            f"{item['where']}: {item['row']} ≠ {item['recorded']}" for item in differences
        )
    told = {name: value for name, value in detail.items() if name in _SHOWN}
    return orjson.dumps(told).decode() if told else ""


_SHOWN = frozenset({"figures", "moved", "reported_by", "responsible", "entries", "contradicted"})


def _clock(seconds: object) -> str:
    whole = round(float(str(seconds)))
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
