"""Which channels a group of infos takes."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from warnbroker.model.enums import Category, Certainty, Urgency
from warnbroker.model.fan_out import FanOut, fan_out_of
from warnbroker.model.publication import Group


@dataclass(frozen=True, slots=True)
class Route:
    """One rule; an empty set matches everything."""

    channels: tuple[str, ...]
    level: frozenset[str] = frozenset()
    urgency: frozenset[Urgency] = frozenset()
    certainty: frozenset[Certainty] = frozenset()
    category: frozenset[Category] = frozenset()
    event: frozenset[str] = frozenset()
    region: frozenset[str] = frozenset()

    def matches(self, group: Group, regions: frozenset[str]) -> bool:
        """Tell whether a group that touches these regions falls under the rule."""
        info = group.infos[0]
        events = {item.event for item in group.infos} | {
            code.value for item in group.infos for code in item.event_codes
        }
        return (
            _allows(self.level, {group.level.code})
            and _allows(self.urgency, {info.urgency})
            and _allows(self.certainty, {info.certainty})
            and _allows(self.category, set(info.categories))
            and _allows(self.event, events)
            and _allows(self.region, regions)
        )


def _allows(wanted: frozenset[Any], found: AbstractSet[Any]) -> bool:
    return not wanted or bool(wanted & found)


def channels_for(
    group: Group, regions: frozenset[str], routes: Sequence[Route], present: Sequence[str]
) -> tuple[str, ...]:
    """Return the channels, of those that are present, that the issuer orders.

    Without an order they are those of the first rule that matches.
    """
    if named := ordered(group).channels:
        return tuple(name for name in present if name in named)
    rule = next((route for route in routes if route.matches(group, regions)), None)
    return tuple(name for name in (rule.channels if rule else present) if name in present)


def ordered(group: Group) -> FanOut:
    """Return what the issuer orders for a group: all that its infos, in any language, name."""
    orders = [fan_out_of(info) for info in group.infos]
    channels = {name for order in orders for name in order.audiences}
    return FanOut(
        channels=frozenset().union(*(order.channels for order in orders)),
        roles=frozenset().union(*(order.roles for order in orders)),
        audiences={
            name: frozenset().union(*(order.audiences.get(name, ()) for order in orders))
            for name in channels
        },
    )
