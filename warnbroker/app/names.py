"""Names in the settings that stand for something: what there is, and what there is not."""

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from warnbroker.contracts.channel import NamesLevels, NamesRegions
from warnbroker.intake.permit import ROLES
from warnbroker.model.doorstep import FIRST
from warnbroker.model.enums import Category
from warnbroker.registry import build_channels, installed_names
from warnbroker.settings import Settings

SUBSCRIBER_ROLES = frozenset({"resident", "contact", *FIRST})
"""The roles that docs/subscribers.md explains; a list may use others."""

Named = tuple[str, Iterable[str]]
"""Where names stand, and which."""


def strange(named: Named, known: Collection[str], why: str) -> Iterator[str]:
    """Yield a line for each name that is not known, with the nearest one that is."""
    where, names = named
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, 1)
            yield f"{where}: {name} {why}{f'; did you mean {near[0]}?' if near else ''}"


def name_faults(settings: Settings, regions: Collection[str]) -> Iterator[str]:
    """Yield a line for each channel, level or region that is named and does not exist.

    ``regions`` are the codes of the configured tree, none where it is not known. A channel
    that is switched off, or that could be configured, may be spoken of.
    """
    levels, channels = settings.levels.scale, {*settings.channels, *installed_names()}
    for named in _routed(settings):
        yield from strange(named, settings.channels, "is not under channels")
    for named in _channels(settings):
        yield from strange(named, channels, f"is no channel ({', '.join(sorted(channels))})")
    for named in _levels(settings):
        yield from strange(named, levels, "is not in levels.scale")
    for named in _regions(settings) if regions else ():
        yield from strange(named, regions, "is the code of no region")


def channel_name_faults(settings: Settings, regions: Collection[str]) -> Iterator[str]:
    """Yield a line for each level or region that a channel names and that does not exist.

    Raises:
        ConfigError: the settings of a channel are wrong.
    """
    for channel in build_channels(settings.channels).values():
        for named in channel.level_names() if isinstance(channel, NamesLevels) else ():
            yield from strange(named, settings.levels.scale, "is not in levels.scale")
        if regions and isinstance(channel, NamesRegions):
            for named in channel.region_names():
                yield from strange(named, regions, "is the code of no region")


def name_notes(settings: Settings) -> Iterator[str]:
    """Yield a line for each word that may be meant, but that nobody else uses."""
    roles = ", ".join(sorted(SUBSCRIBER_ROLES))
    for named in _subscriber_roles(settings):
        yield from strange(named, SUBSCRIBER_ROLES, f"is a role of your own (others: {roles})")
    for named in _issuer_roles(settings):
        yield from strange(named, ROLES, f"is a role of your own (others: {', '.join(ROLES)})")
    whose = ("municipality.authority", [settings.municipality.authority])
    offices = settings.authorities or whose[1]
    yield from strange(whose, offices, "is the code of no authority, so its contacts hear nothing")
    hazards = _hazards_known(settings)
    for named in _hazards(settings):
        yield from strange(named, hazards, "is in no entry of hazards, and no category")


def _routed(settings: Settings) -> Iterator[Named]:
    for index, rule in enumerate(settings.routing):
        yield f"routing[{index}].channels", rule.channels


def _channels(settings: Settings) -> Iterator[Named]:
    yield "dispatch.noisy", settings.dispatch.noisy
    yield "drills.channels", settings.drills.channels
    yield "drills.sinks", settings.drills.sinks.by_channel
    yield "forecast.channels", settings.forecast.channels


def _levels(settings: Settings) -> Iterator[Named]:
    for index, rule in enumerate(settings.routing):
        yield f"routing[{index}].level", rule.level
    for code, hazard in settings.hazards.items():
        yield f"hazards.{code}.levels", hazard.levels
    for name in ("override_suppression", "at_any_hour", "coalesce", "update_interval"):
        yield f"dispatch.{name}", getattr(settings.dispatch, name)


def _regions(settings: Settings) -> Iterator[Named]:
    for index, rule in enumerate(settings.routing):
        yield f"routing[{index}].region", rule.region
    for code, section in settings.lists.items():
        yield f"lists.{code}.regions", section.regions


def _subscriber_roles(settings: Settings) -> Iterator[Named]:
    for code, section in settings.lists.items():
        yield f"lists.{code}.roles", section.roles
    for level, rungs in settings.escalation.ladders.items():
        for index, rung in enumerate(rungs):
            yield f"escalation.ladders.{level}[{index}].roles", rung.roles


def _issuer_roles(settings: Settings) -> Iterator[Named]:
    for flow, rules in settings.release.flows.items():
        for number, rule in enumerate(rules):
            for index, step in enumerate(rule.steps):
                yield f"release.flows.{flow}.{number}.steps.{index}.roles", step.roles
    yield "release.override.roles", settings.release.override.roles


def _hazards(settings: Settings) -> Iterator[Named]:
    for index, rule in enumerate(settings.routing):
        yield f"routing[{index}].event", rule.event
    for code, authority in settings.authorities.items():
        yield f"authorities.{code}.hazards", authority.hazards


def _hazards_known(settings: Settings) -> frozenset[str]:
    names = (name for hazard in settings.hazards.values() for name in hazard.names.values())
    return frozenset({*settings.hazards, *names, *Category})
