"""``warnbroker regions``: the region tree."""

from pathlib import Path
from typing import Annotated

import typer

from warnbroker.cli.terminal import ConfigOption, out, run

app = typer.Typer(help="The region tree.")


@app.callback()
def regions() -> None:
    """Keep sub-commands under this name."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A GeoJSON FeatureCollection.")],
    config: ConfigOption = None,
) -> None:
    """Put a new region tree in place of the old one."""
    count = run(_import(file, config))
    out.print(f"[green]{count}[/] regions are in place.")


async def _import(file: Path, config: ConfigOption) -> int:
    from warnbroker.app import open_ledger
    from warnbroker.settings import load
    from warnbroker.targeting import read_regions

    settings = load(config)
    found = read_regions(file)
    async with open_ledger(settings) as store:
        authority = await store.issuers.authority(settings.municipality.authority)
        await store.regions.replace(found, authority_id=authority, actor="command line")
    return len(found)
