"""Settings: shipped file < operator's file < ``WARNBROKER_SECTION__KEY`` in the environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationError

from warnbroker.errors import ConfigError
from warnbroker.resources import shipped
from warnbroker.settings.access import Access
from warnbroker.settings.authorities import Authority
from warnbroker.settings.conduct import Audit, Conduct, Signing
from warnbroker.settings.dispatch import Dispatch
from warnbroker.settings.drills import Drills, NamedList
from warnbroker.settings.escalation import Escalation
from warnbroker.settings.forecast import Forecast
from warnbroker.settings.levels import Hazard, Levels, RouteRule
from warnbroker.settings.places import BusSection, Municipality, Regions, Server, Store, Templates
from warnbroker.settings.reading import faults_of, from_environment, merge, read, source
from warnbroker.settings.relay import Relay
from warnbroker.settings.release import Release
from warnbroker.settings.section import Section
from warnbroker.settings.words import InboundWords

__all__ = ["Hazard", "Levels", "RouteRule", "Settings", "faults_of", "load"]


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


def load(
    config: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    over: Mapping[str, Any] | None = None,
) -> Settings:
    """Read the settings; ``over`` goes before all files and the environment.

    Raises:
        ConfigError: a file or a value is wrong; one line for each fault.
    """
    merged: dict[str, Any] = {}
    for path in (shipped("config") / "warnbroker.yaml", *([config] if config else [])):
        merged = merge(merged, read(path, environment))
    stated = from_environment(environment, Settings.model_fields)
    merged = merge(merge(merged, stated), dict(over or {}))
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        lines = [
            f"{source(fault.partition(': ')[0], stated, config)}{fault}"
            for fault in faults_of(error)
        ]
        raise ConfigError("\n".join(lines)) from error
