"""What a step means for one person: attempts, new deliveries, or a place in a queue."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from warnbroker.contracts.channel import Channel
from warnbroker.contracts.escalation import Taken
from warnbroker.dispatch.escalate.climb import Look
from warnbroker.dispatch.publish import Publisher
from warnbroker.dispatch.reach import Circle
from warnbroker.dispatch.routing import ordered
from warnbroker.dispatch.rows import Rows
from warnbroker.model.ladder import Action, Climber, Rung
from warnbroker.model.publication import Group, Publication
from warnbroker.model.receipt import State, again_code
from warnbroker.model.record import AlertRecord, PlannedDelivery

WAITS, SENT, NOTHING, ENOUGH = "waits", "sent", "nothing", "enough"
"""Outcomes: in a queue for a list or plan; sent; nothing to send; they have had enough."""

_REPEATABLE = frozenset(
    {State.UNKNOWN, State.ACCEPTED, State.HANDED_OFF, State.DELIVERED, State.FAILED_TEMP}
)


@dataclass(frozen=True, slots=True)
class Steps:
    """Works out steps for the people of one alert; nothing is written."""

    record: AlertRecord
    draft: Publication
    publisher: Publisher
    channels: Mapping[str, Channel]
    circle: Circle
    ids: Iterator[int]
    most: int

    def taken(self, climber: Climber, look: Look, rung: Rung, region: str) -> Taken:
        """Return what a step does for somebody who is at it."""
        number = look.step + 1
        if not rung.action.sends:
            return Taken(number, rung.action, region, WAITS, waits=True)
        again = self._again(climber, rung) if rung.action is Action.AGAIN else ()
        planned = self._planned(climber, rung, number) if rung.action is Action.CHANNELS else ()
        wanted = len(again) + len(planned)
        if not wanted:
            return Taken(number, rung.action, region, NOTHING)
        if climber.messages + wanted > self.most:
            return Taken(number, rung.action, region, ENOUGH)
        wish = again_code(number, look.need)
        return Taken(number, rung.action, region, SENT, again, wish, planned)

    def _again(self, climber: Climber, rung: Rung) -> tuple[int, ...]:
        return tuple(
            item.id
            for item in climber.sent
            if item.channel in self.channels
            and (not rung.channels or item.channel in rung.channels)
            and item.idle
            and item.attempts
            and item.state in _REPEATABLE
        )

    def _planned(self, climber: Climber, rung: Rung, number: int) -> tuple[PlannedDelivery, ...]:
        group = self._group(climber)
        had = {item.channel for item in climber.sent}
        names = [name for name in rung.channels if name not in had and self._may(group, name)]
        made = Rows(self.record, self.draft, self.publisher, self.channels, self.ids)
        rows = made.of_people([climber.person], group, names)
        return tuple(replace(row.delivery, rank=climber.rank, step=number) for row in rows)

    def _may(self, group: Group, name: str) -> bool:
        named = ordered(group).channels
        if name not in self.channels or (named and name not in named):
            return False
        there = any(
            item.channel == name and item.group == group.index for item in self.draft.messages
        )
        return there and self.circle.allows(self.draft.alert, group, name, own_target=False)

    def _group(self, climber: Climber) -> Group:
        index = next((item.group for item in climber.sent), 0)
        groups = self.draft.groups
        return next((group for group in groups if group.index == index), groups[0])
