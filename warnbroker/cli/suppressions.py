"""``warnbroker suppressions``: addresses that are not written to; they are never shown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from warnbroker.cli.terminal import ConfigOption, JsonOption, operator, out, plain, run

if TYPE_CHECKING:
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
        out.print(_table(found))


@app.command()
def add(
    *,
    kind: KindOption = "",
    scope: Annotated[str, typer.Option(help="The channel; empty: all channels.")] = "",
    config: ConfigOption = None,
) -> None:
    """Suppress an address, which is asked for, so that no history of commands keeps it."""
    found = run(_add(config, _asked(), kind, scope))
    out.print(_table(found))


@app.command()
def lift(
    suppression: Annotated[int, typer.Argument(help="Its id, as the list shows it.", min=0)],
    config: ConfigOption = None,
) -> None:
    """Lift a suppression: the address is written to again."""
    run(_lift(config, suppression))
    out.print(f"Suppression {suppression} is lifted.", markup=False)


def _asked() -> str:
    return str(typer.prompt("Address", err=True)).strip()


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


def _table(found: Sequence[Suppression]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Id", no_wrap=True)  # it must be whole, to lift by
    for name in ("Address", "Scope", "Reason", "Since", "By", "Lifted"):
        table.add_column(name)
    for item in found:
        lifted = f"{item.lifted_at:%Y-%m-%d %H:%M}" if item.lifted_at else ""
        table.add_row(
            str(item.id),
            Text(plain(item.address_kind)),
            Text(plain(item.scope) or "all"),
            item.reason,
            f"{item.since:%Y-%m-%d %H:%M}",
            Text(plain(item.source)),
            lifted,
        )
    return table
