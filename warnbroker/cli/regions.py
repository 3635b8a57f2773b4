"""``warnbroker regions``: the region tree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warnbroker.cli.terminal import ConfigOption, operator, out, run
from warnbroker.errors import AlertError, ConfigError

if TYPE_CHECKING:
    from warnbroker.model.level import LevelScale
    from warnbroker.model.region import Region
    from warnbroker.store import Store

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
    from warnbroker.app import open_ledger, scale_of
    from warnbroker.settings import load
    from warnbroker.targeting import read_regions

    settings = load(config)
    found = read_regions(file)
    async with open_ledger(settings) as store:
        await _keep_in_place(store, scale_of(settings.levels), found)
        authority = await store.issuers.authority(settings.municipality.authority)
        await store.regions.replace(found, authority_id=authority, actor=operator())
    return len(found)


async def _keep_in_place(store: Store, scale: LevelScale, regions: Sequence[Region]) -> None:
    """Refuse regions in which an alert in force could no longer be placed, and so not be sent."""
    from datetime import UTC, datetime

    from warnbroker.cap import parse_xml
    from warnbroker.targeting import RegionTree, group_infos

    tree = RegionTree(regions)
    for record in await store.alerts.in_force(datetime.now(UTC)):
        # What other platforms send is shown wherever it is, and told where it can be placed.
        if record.relayed:
            continue
        alert = parse_xml(record.document, limit=len(record.document) + 1)
        try:
            group_infos(alert, scale.of, tree)
        except AlertError as error:
            raise ConfigError(
                f"the alert {record.public_id} is in force and has no place in these regions "
                f"({error}); keep its regions until it ends"
            ) from error
