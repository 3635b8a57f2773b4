"""Find channels by entry point and build them from their sections of the settings."""

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import ValidationError

from warnbroker.contracts.channel import CONTRACT_VERSION, Channel
from warnbroker.contracts.wording import faults_of
from warnbroker.errors import ConfigError, UnknownChannelError

ENTRY_POINTS = "warnbroker.channels"
_SWITCH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def build_channels(sections: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Channel]:
    """Return the channels that are configured, by name.

    A section with ``enabled: false`` is left out.

    Raises:
        UnknownChannelError: no installed package provides a configured channel.
        ConfigError: settings are wrong, or a channel is built for another contract.
    """
    installed = {found.name: found for found in entry_points(group=ENTRY_POINTS)}
    faults: list[str] = []
    built: dict[str, Channel] = {}
    for name, section in sections.items():
        try:
            if _enabled(name, section):
                built[name] = _build(name, _without_switch(section), installed)
        except ConfigError as error:
            faults.append(str(error))
    if faults:
        raise ConfigError("\n".join(faults))
    return built


def installed_names() -> frozenset[str]:
    """Return the names of all channels that are installed, configured or not."""
    return frozenset(found.name for found in entry_points(group=ENTRY_POINTS))


def address_kinds(names: Iterable[str]) -> frozenset[str]:
    """Return the kinds of address that installed channels of those names use."""
    return frozenset(kind for kind in kinds_by_channel(names).values() if kind)


def kinds_by_channel(names: Iterable[str]) -> Mapping[str, str | None]:
    """Return the kind of address that each installed channel of those names uses, None for none."""
    wanted = set(names)
    found = (entry for entry in entry_points(group=ENTRY_POINTS) if entry.name in wanted)
    return {entry.name: entry.load().address_kind for entry in found}


def _enabled(name: str, section: Mapping[str, Any]) -> bool:
    word = str(section.get("enabled", True)).lower()
    if word not in _SWITCH:
        raise ConfigError(f"channels.{name}.enabled: must be true or false, not {word[:40]!r}")
    return _SWITCH[word]


def _without_switch(section: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in section.items() if key != "enabled"}


def _build(name: str, section: Mapping[str, Any], installed: Mapping[str, EntryPoint]) -> Channel:
    if name not in installed:
        known = ", ".join(sorted(installed))
        raise UnknownChannelError(f"channels.{name}: no such channel is installed (only {known})")
    try:
        channel_class = installed[name].load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"channels.{name}: cannot be loaded: {error}; install what is missing, "
            "or set enabled: false"
        ) from error
    if channel_class.contract_version != CONTRACT_VERSION:
        raise ConfigError(
            f"channels.{name}: is built for contract {channel_class.contract_version}, "
            f"this warnbroker speaks {CONTRACT_VERSION}"
        )
    try:
        settings = channel_class.Settings.model_validate(section)
    except ValidationError as error:
        lines = faults_of(error, section, f"channels.{name}")
        raise ConfigError("\n".join(lines)) from error
    channel: Channel = channel_class(settings)
    return channel
