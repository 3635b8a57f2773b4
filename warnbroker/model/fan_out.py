"""What an issuer orders of the fan-out itself: channels, texts of their own, an audience."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from warnbroker.model.alert import Alert, Info

CHANNEL = "warnbroker:channel"
"""A parameter that names one channel; where any stands, only the named ones are used."""

TEXT = "warnbroker:text:"
"""Begins the name of a parameter whose value is what that channel says."""

AUDIENCE = "warnbroker:audience"
"""A parameter that names one subscribers' role; where any stands, only those are told."""

INTERNAL = "warnbroker:internal"
"""A ``code`` of the alert: it never leaves the office."""

PUBLIC_DRILL = "warnbroker:public-drill"
"""A ``code`` of an Exercise or Test: it was announced, and is for everybody in its area."""

PUBLIC_DRILL_FLOW = "public-drill"
"""The flow of release that such a drill must take."""


@dataclass(frozen=True, slots=True)
class FanOut:
    """An info's order; empty channels or roles mean: as configured, and everybody."""

    channels: frozenset[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()


def fan_out_of(info: Info) -> FanOut:
    """Return what an info orders."""
    pairs = info.parameters
    return FanOut(
        channels=frozenset(pair.value for pair in pairs if pair.name == CHANNEL),
        texts={
            pair.name.removeprefix(TEXT): pair.value
            for pair in pairs
            if pair.name.startswith(TEXT) and pair.value
        },
        roles=frozenset(pair.value for pair in pairs if pair.name == AUDIENCE),
    )


def is_internal(alert: Alert) -> bool:
    """Say whether an alert must not leave the office."""
    return INTERNAL in alert.codes


def asks_for_public_drill(alert: Alert) -> bool:
    """Say whether an alert asks to be told to everybody although it is a drill."""
    return PUBLIC_DRILL in alert.codes
