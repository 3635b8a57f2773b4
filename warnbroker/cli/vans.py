"""``warnbroker vans plan``: routing sheets without publishing."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table
from rich.text import Text

from warnbroker.cli.terminal import ConfigOption, JsonOption, err, out, plain, run
from warnbroker.errors import FileError

app = typer.Typer(help="Loudspeaker vans.")


@app.callback()
def vans() -> None:
    """Keep sub-commands under this name."""


@app.command()
def plan(
    alert: Annotated[Path, typer.Option(help="The alert, CAP 1.2 as XML or JSON.")],
    directory: Annotated[Path, typer.Option("--out", help="Where the sheets go.")],
    fleet: Annotated[Path | None, typer.Option(help="The vans, YAML.")] = None,
    roads: Annotated[Path | None, typer.Option(help="An OpenStreetMap extract, .osm.pbf.")] = None,
    population: Annotated[Path | None, typer.Option(help="People by point, CSV.")] = None,
    seconds: Annotated[float | None, typer.Option(help="How long to search.")] = None,
    *,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Plan the vans for an alert and write their sheets; what is not given is as configured."""
    given = {"fleet": fleet, "roads": roads, "population": population, "seconds": seconds}
    overrides = {key: value for key, value in given.items() if value is not None}
    for file in (fleet, roads, population):
        if file is not None and not file.is_file():
            raise FileError(f"{file}: there is no such file")
    found = run(_plan(config, alert, overrides | {"directory": directory}))
    if json:
        typer.echo(orjson.dumps(found).decode())
        return
    _show(found)
    told = f" {plain(found['directory'])}"
    err.print(Text.assemble(("The sheets are in", "green"), told), soft_wrap=True)


async def _plan(config: ConfigOption, file: Path, given: dict[str, Any]) -> dict[str, Any]:
    from warnbroker.app.alone import rehearse
    from warnbroker.cli.files import read_alert
    from warnbroker.settings import load

    done = await rehearse(load(config), "van", given, read_alert(file))
    folder = Path(given["directory"]) / done.id
    try:
        summary: dict[str, Any] = orjson.loads((folder / "plan.json").read_bytes())
    except OSError as error:
        raise FileError(f"{folder}: holds no plan: {error.strerror}") from error
    sheets = [receipt.provider_ref for receipt in done.receipts]
    return summary | {"directory": str(folder), "sheets": sheets}


def _show(found: dict[str, Any]) -> None:
    table = Table("Van", "Streets", "Minutes", "People")
    for name, van in found["vans"].items():
        cells = (van.get(key, "") for key in ("streets", "minutes", "people"))
        table.add_row(name, *map(str, cells))
    out.print(table)
    people = found["people"]
    out.print(f"{people['reached']} of {people['total']} people hear it in time.")
