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

AUDIENCE_ON = "warnbroker:audience:"
"""Begins the name of a parameter that names a role for one channel alone."""

INTERNAL = "warnbroker:internal"
"""A ``code`` of the alert: it never leaves the office."""

PUBLIC_DRILL = "warnbroker:public-drill"
"""A ``code`` of an Exercise or Test: it was announced, and is for everybody in its area."""

PUBLIC_DRILL_FLOW = "public-drill"
"""The flow of release that such a drill must take."""


@dataclass(frozen=True, slots=True)
class FanOut:
    """An info's order; empty channels or roles mean: as configured, and everybody.

    ``audiences`` are roles by channel, where a channel has its own.
    """

    channels: frozenset[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    audiences: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def admits(self, channel: str, role: str) -> bool:
        """Say whether somebody of a role is to be told on a channel."""
        mine = self.audiences.get(channel, frozenset())
        return (not self.roles or role in self.roles) and (not mine or role in mine)


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
        audiences=_audiences(info),
    )


def _audiences(info: Info) -> Mapping[str, frozenset[str]]:
    named = [pair for pair in info.parameters if pair.name.startswith(AUDIENCE_ON)]
    channels = dict.fromkeys(pair.name.removeprefix(AUDIENCE_ON) for pair in named)
    return {
        channel: frozenset(
            pair.value for pair in named if pair.name == f"{AUDIENCE_ON}{channel}" and pair.value
        )
        for channel in channels
    }


def is_internal(alert: Alert) -> bool:
    """Say whether an alert must not leave the office."""
    return INTERNAL in alert.codes


def asks_for_public_drill(alert: Alert) -> bool:
    """Say whether an alert asks to be told to everybody although it is a drill."""
    return PUBLIC_DRILL in alert.codes
