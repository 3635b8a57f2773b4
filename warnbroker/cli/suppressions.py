"""``warnbroker suppressions``: addresses that are not written to; they are never shown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from warnbroker.cli.terminal import ConfigOption, JsonOption, operator, out, run
from warnbroker.cli.words import word

if TYPE_CHECKING:
    from rich.table import Table

    from warnbroker.intake.suppressing import Suppressing
    from warnbroker.model.suppression import Suppression

app = typer.Typer(help="Addresses that are not written to, and why.")

KindOption = Annotated[
    str,
    typer.Option("--kind", help="phone, voice, email or a channel's own; empty: as it looks."),
]
AddressOption = Annotated[
    bool, typer.Option("--address", help="Ask for an address; show all that ever stood against it.")
]


@app.command("list")
def list_(
    *,
    address: AddressOption = False,
    kind: KindOption = "",
    every: Annotated[bool, typer.Option("--all", help="Also those that were lifted.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List suppressions, without addresses."""
    text = _asked() if address else ""
    found = run(_list(config, text, kind, every=every))
    if json:
        from warnbroker.api.suppressions import suppression_json

        typer.echo(orjson.dumps([suppression_json(item) for item in found]).decode())
    else:
        out.print(_table(found, config))


@app.command()
def add(
    *,
    kind: KindOption = "",
    scope: Annotated[str, typer.Option(help="The channel; empty: all channels.")] = "",
    config: ConfigOption = None,
) -> None:
    """Suppress an address, which is asked for, so that no history of commands keeps it."""
    found = run(_add(config, _asked(), kind, scope))
    out.print(_table(found, config))


@app.command()
def lift(
    suppression: Annotated[int, typer.Argument(help="Its id, as the list shows it.", min=0)],
    config: ConfigOption = None,
) -> None:
    """Lift a suppression: the address is written to again."""
    run(_lift(config, suppression))
    told = word("Suppression {number} is lifted.").format(number=suppression)
    out.print(told, markup=False)


def _asked() -> str:
    return str(typer.prompt(word("Address"), err=True)).strip()


async def _list(
    config: ConfigOption, address: str, kind: str, *, every: bool
) -> Sequence[Suppression]:
    async with _opened(config) as suppressing:
        if address:
            return await suppressing.find(address, kind)
        found: list[Suppression] = []
        while page := await suppressing.page(
            found[-1].id if found else 0, 1000, standing=not every
        ):
            found += page
        return found


async def _add(config: ConfigOption, address: str, kind: str, scope: str) -> Sequence[Suppression]:
    async with _opened(config) as suppressing:
        return await suppressing.add(address, kind, scope, actor=operator())


async def _lift(config: ConfigOption, suppression_id: int) -> None:
    async with _opened(config) as suppressing:
        await suppressing.lift(suppression_id, actor=operator())


@asynccontextmanager
async def _opened(config: ConfigOption) -> AsyncIterator[Suppressing]:
    from warnbroker.app import open_ledger
    from warnbroker.contracts.clock import SystemClock
    from warnbroker.intake.suppressing import Suppressing
    from warnbroker.registry import kinds_by_channel
    from warnbroker.settings import load

    settings = load(config)
    async with open_ledger(settings) as store:
        kinds = kinds_by_channel(settings.channels)
        yield Suppressing(store.suppressions, kinds, SystemClock())


def _table(found: Sequence[Suppression], config: ConfigOption) -> Table:
    from zoneinfo import ZoneInfo

    from warnbroker.cli.suppression_table import table_of
    from warnbroker.settings import load

    return table_of(found, ZoneInfo(load(config).municipality.time_zone))
