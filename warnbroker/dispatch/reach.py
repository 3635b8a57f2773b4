"""Whom an alert may reach, by its status, its scope and what the municipality allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from warnbroker.dispatch.routing import ordered
from warnbroker.model.alert import Alert
from warnbroker.model.authority import Authorities
from warnbroker.model.fan_out import PUBLIC_DRILL_FLOW, asks_for_public_drill
from warnbroker.model.named_list import NamedLists
from warnbroker.model.publication import Group
from warnbroker.model.record import AlertRecord
from warnbroker.model.standing import Standing
from warnbroker.targeting import Direct


class Reach(StrEnum):
    """The circle that an alert may not leave.

    ``EVERYBODY`` in its area; ``AGREED``: those of them who agreed to drills, and the sinks;
    ``DRILL_FOR_ALL``: everybody in its area, and the sinks, marked; ``NAMED``: its list;
    ``OFFICE``: the contacts of its own authority; ``NOBODY``.
    """

    EVERYBODY = "everybody"
    AGREED = "agreed"
    DRILL_FOR_ALL = "drill_for_all"
    NAMED = "named"
    OFFICE = "office"
    NOBODY = "nobody"

    @property
    def has_sinks(self) -> bool:
        """Say whether the sinks of drills hear it too."""
        return self in {Reach.AGREED, Reach.DRILL_FOR_ALL}


@dataclass(frozen=True, slots=True)
class Circle:
    """What the municipality has settled about drills and lists.

    ``public_drills`` allows announced drills for everybody; ``drill_channels`` are those
    that a drill takes where it names none; ``sinks`` are addresses by channel that hear
    every drill.
    """

    public_drills: bool = False
    drill_channels: frozenset[str] = frozenset()
    sinks: Mapping[str, Sequence[Direct]] = field(default_factory=dict)
    lists: NamedLists = field(default_factory=NamedLists)
    authorities: Authorities = field(default_factory=Authorities)

    def reach(self, record: AlertRecord, alert: Alert) -> Reach:
        """Return how far an alert goes; what its row and its text say must agree."""
        standing = Standing.of(alert)
        if not standing.is_sent or standing != record.standing:
            return Reach.NOBODY
        if standing.internal:
            return Reach.OFFICE
        if not standing.is_for_all:
            return Reach.NAMED
        if not standing.is_drill:
            return Reach.EVERYBODY
        announced = asks_for_public_drill(alert) and record.flow == PUBLIC_DRILL_FLOW
        return Reach.DRILL_FOR_ALL if self.public_drills and announced else Reach.AGREED

    def allows(self, alert: Alert, group: Group, channel: str, *, own_target: bool) -> bool:
        """Tell whether a group may take a channel; ``own_target`` is one that everybody hears."""
        standing = Standing.of(alert)
        if own_target and not standing.is_for_all:
            return False
        named = ordered(group).channels
        return not standing.is_drill or channel in named or channel in self.drill_channels
