"""``warnbroker check``: is everything in place?"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from warnbroker.cli.terminal import ConfigOption, complain, out
from warnbroker.errors import ConfigError
from warnbroker.settings import RouteRule, Settings, look
from warnbroker.settings.masking import masked


def check(
    config: ConfigOption = None,
    show: Annotated[bool, typer.Option("--show", help="Print the settings in force.")] = False,
) -> None:
    """Validate settings, templates, regions and the readiness of channels."""
    found = look(config)
    settings = found.settings
    if settings and show:
        out.print_json(data=masked(settings.model_dump(mode="json")))
    faults = [*found.faults, *(_faults(settings) if settings else _build_faults(found.channels))]
    for fault in faults:
        complain(fault)
    if settings:
        _print_notes(settings)
    if faults or not settings:
        raise typer.Exit(2)
    from warnbroker.registry import build_channels

    ready = len(build_channels(settings.channels))
    out.print(f"[green]All is well:[/] {ready} channels are ready.")


def _build_faults(channels: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with channels where the rest of the settings cannot be read."""
    from warnbroker.registry import build_channels

    sections = {name: item for name, item in channels.items() if isinstance(item, Mapping)}
    try:
        build_channels(sections)
    except ConfigError as error:
        return str(error).splitlines()
    return []


def _print_notes(settings: Settings) -> None:
    from warnbroker.app.names import name_notes
    from warnbroker.app.release import release_notes
    from warnbroker.app.signing import signing_notes

    now = datetime.now(UTC)
    notes = (*name_notes(settings), *release_notes(settings), *signing_notes(settings, now))
    for note in notes:
        out.print(f"note: {note}", markup=False, soft_wrap=True)


def _faults(settings: Settings) -> list[str]:
    checks = (
        _templates,
        _pages,
        _levels,
        _regions,
        _routing,
        _names,
        _profiles,
        _authorities,
        _release,
        _escalation,
        _places,
        _ledger,
        _channels,
        _signing,
    )
    lines = [line for check in checks for line in _lines(check, settings)]
    # What a variable that is not set leaves behind is no fault of its own.
    return [line for line in lines if "${" not in line]


def _lines(check: Callable[[Settings], Iterable[str]], settings: Settings) -> list[str]:
    try:
        return list(check(settings))
    except ConfigError as error:
        return str(error).splitlines()


def _templates(settings: Settings) -> Iterable[str]:
    from warnbroker.app import renderer_of

    return renderer_of(settings, "https://warnings.example").check()


def _pages(settings: Settings) -> Iterable[str]:
    from warnbroker.cli.check_pages import page_faults

    return page_faults(settings)


def _levels(settings: Settings) -> Iterable[str]:
    from warnbroker.app import scale_of

    scale_of(settings.levels)
    return ()


def _regions(settings: Settings) -> Iterable[str]:
    from warnbroker.targeting import read_regions

    if settings.regions.file:
        read_regions(settings.regions.file)
    return ()


def _routing(settings: Settings) -> Iterable[str]:
    if not any(rule == RouteRule(channels=rule.channels) for rule in settings.routing):
        yield "routing: no rule takes every alert; add a last one that holds only channels"


def _names(settings: Settings) -> Iterable[str]:
    from warnbroker.app.names import name_faults

    return name_faults(settings, _region_codes(settings))


def _region_codes(settings: Settings) -> Collection[str]:
    """Return the codes of the configured tree; none where there is no tree to read."""
    from warnbroker.targeting import read_regions

    try:
        file = settings.regions.file
        return {region.code for region in read_regions(file)} if file else set()
    except ConfigError:
        return set()  # it stands among the faults


def _profiles(settings: Settings) -> Iterable[str]:
    from warnbroker.cap.profiles import profile_names

    for name in settings.municipality.profiles:
        if name not in profile_names():
            known = ", ".join(profile_names())
            yield f"municipality.profiles: there is no {name!r}; known are {known}"


def _authorities(settings: Settings) -> Iterable[str]:
    from warnbroker.app.authorities import authority_faults

    return authority_faults(settings, _region_codes(settings))


def _release(settings: Settings) -> Iterable[str]:
    from warnbroker.app.release import release_faults

    return release_faults(settings)


def _escalation(settings: Settings) -> Iterable[str]:
    from warnbroker.app.escalation import escalation_faults

    return escalation_faults(settings)


def _places(settings: Settings) -> Iterable[str]:
    from warnbroker.app.links import bus_of
    from warnbroker.store.database import sqlite_path

    bus_of(settings.bus.url)
    if sqlite_path(settings.store.url) is None and settings.store.key_file is None:
        yield "store.key_file: must be set where store.url is not SQLite"
    if sqlite_path(settings.store.url) is None and settings.audit.key_file is None:
        yield "audit.key_file: must be set where store.url is not SQLite"


def _ledger(settings: Settings) -> Iterable[str]:
    from warnbroker.app.record import key_path
    from warnbroker.store.database import sqlite_path
    from warnbroker.store.look import ledger_faults

    path = sqlite_path(settings.store.url)
    if path is None:
        return ()
    key_file = settings.store.key_file or path.with_suffix(".key")
    return ledger_faults(path, key_file, key_path(settings))


def _channels(settings: Settings) -> Iterable[str]:
    from warnbroker.app.names import channel_name_faults
    from warnbroker.registry import build_channels

    for name, channel in build_channels(settings.channels).items():
        yield from (f"channels.{name}: {line}" for line in channel.faults())
    yield from channel_name_faults(settings, _region_codes(settings))


def _signing(settings: Settings) -> Iterable[str]:
    from warnbroker.app.signing import signing_faults

    return signing_faults(settings, datetime.now(UTC))
