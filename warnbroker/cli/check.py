"""``warnbroker check``: is everything in place?"""

from typing import Annotated

import typer

from warnbroker.cli.terminal import ConfigOption, complain, out
from warnbroker.settings import Settings, load


def check(
    config: ConfigOption = None,
    show: Annotated[bool, typer.Option("--show", help="Print the settings in force.")] = False,
) -> None:
    """Validate settings, templates, regions and the readiness of channels."""
    settings = load(config)
    if show:
        out.print_json(settings.model_dump_json())
    faults = _faults(settings)
    for fault in faults:
        complain(fault)
    if faults:
        raise typer.Exit(2)
    out.print(f"[green]All is well:[/] {len(settings.channels)} channels are ready.")


def _faults(settings: Settings) -> list[str]:
    from warnbroker.app import renderer_of, scale_of
    from warnbroker.errors import ConfigError
    from warnbroker.registry import build_channels
    from warnbroker.targeting import read_regions

    faults = renderer_of(settings, "https://warnings.example").check()
    try:
        scale_of(settings.levels)
        if settings.regions.file:
            read_regions(settings.regions.file)
    except ConfigError as error:
        faults += str(error).splitlines()
    known = set(settings.channels)
    faults += [
        f"routing[{index}].channels: {name} is not under channels"
        for index, rule in enumerate(settings.routing)
        for name in rule.channels
        if name not in known
    ]
    for name, channel in build_channels(settings.channels).items():
        faults += [f"channels.{name}: {line}" for line in channel.faults()]
    return faults
