"""What renders texts, with the hazard register's standing instructions behind it."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from warnbroker.contracts import Budgeted, Channel
from warnbroker.model.alert import Info
from warnbroker.model.level import in_language
from warnbroker.render import Renderer
from warnbroker.resources import shipped
from warnbroker.settings import Hazard, Settings


def renderer_of(
    settings: Settings, link_root: str, channels: Mapping[str, Channel] | None = None
) -> Renderer:
    """Return what renders texts, within the budgets of those channels that have one.

    ``link_root`` is where warnings' pages are found.
    """
    return Renderer(
        templates=shipped("templates"),
        overrides=settings.templates.directory,
        fallback_languages=tuple(settings.municipality.languages),
        time_zone=ZoneInfo(settings.municipality.time_zone),
        municipality=settings.municipality.names,
        link=lambda warning_id: f"{link_root}/warnings/{warning_id}",
        standing=lambda info: standing_instruction(settings.hazards, info),
        budgets={
            name: channel
            for name, channel in (channels or {}).items()
            if isinstance(channel, Budgeted)
        },
    )


def standing_instruction(hazards: Mapping[str, Hazard], info: Info) -> str:
    """Return what the hazard register tells people whom the issuer gives no instruction."""
    named = {info.event, *(code.value for code in info.event_codes)}
    found = next(
        (
            hazard
            for code, hazard in hazards.items()
            if code in named or info.event in hazard.names.values()
        ),
        None,
    )
    return in_language(found.instructions, info.language) if found and found.instructions else ""
