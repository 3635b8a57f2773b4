"""Settings: shipped file < operator's file < ``WARNBROKER_SECTION__KEY`` in the environment."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationError

from warnbroker.contracts.wording import faults_of
from warnbroker.errors import ConfigError
from warnbroker.resources import shipped
from warnbroker.settings.access import Access
from warnbroker.settings.authorities import Authority
from warnbroker.settings.conduct import Audit, Conduct, Signing
from warnbroker.settings.dispatch import Dispatch
from warnbroker.settings.drills import Drills, NamedList
from warnbroker.settings.escalation import Escalation
from warnbroker.settings.forecast import Forecast
from warnbroker.settings.layers import Layers
from warnbroker.settings.levels import Hazard, Levels, RouteRule
from warnbroker.settings.places import BusSection, Municipality, Regions, Server, Store, Templates
from warnbroker.settings.relay import Relay
from warnbroker.settings.release import Release
from warnbroker.settings.section import Section
from warnbroker.settings.words import InboundWords

__all__ = ["Hazard", "Levels", "Look", "RouteRule", "Settings", "load", "look"]


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class Settings(Section):
    """The whole configuration."""

    municipality: Municipality = Municipality()
    server: Server = Server()
    store: Store
    bus: BusSection = BusSection()
    levels: Levels
    routing: list[RouteRule]
    hazards: dict[str, Hazard] = {}
    authorities: dict[str, Authority] = {}
    access: Access = Access()
    release: Release = Release()
    escalation: Escalation = Escalation()
    relay: Relay = Relay()
    drills: Drills = Drills()
    lists: dict[str, NamedList] = {}
    words: InboundWords = InboundWords()
    forecast: Forecast = Forecast()
    conduct: Conduct = Conduct()
    audit: Audit = Audit()
    signing: Signing = Signing()
    dispatch: Dispatch = Dispatch()
    templates: Templates = Templates()
    regions: Regions = Regions()
    channels: dict[str, dict[str, Any]] = {}
    log_level: Annotated[
        Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(_lower)
    ] = "info"


@dataclass(frozen=True, slots=True)
class Look:
    """What the settings are, as far as they can be read, and all that is wrong with them.

    ``channels`` are their sections as they were written, whatever the rest is like.
    """

    settings: Settings | None
    faults: Sequence[str]
    channels: Mapping[str, Any]


def load(
    config: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    over: Mapping[str, Any] | None = None,
) -> Settings:
    """Read the settings; ``over`` goes before all files and the environment.

    Raises:
        ConfigError: a file or a value is wrong; one line for each fault.
    """
    found = look(config, environment, over)
    if found.faults or found.settings is None:
        raise ConfigError("\n".join(found.faults))
    return found.settings


def look(
    config: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    over: Mapping[str, Any] | None = None,
) -> Look:
    """Read the settings as ``load`` does, however many faults they have.

    Raises:
        ConfigError: a file is no settings at all.
    """
    layers = Layers([shipped("config") / "warnbroker.yaml", *([config] if config else [])])
    merged = layers.read(environment, Settings.model_fields, over or {})
    settings, faults = None, [*layers.faults]
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        faults += [layers.told(line) for line in faults_of(error, merged) if layers.is_news(line)]
    channels = merged.get("channels")
    return Look(settings, faults, channels if isinstance(channels, Mapping) else {})
