"""Send the vans to the streets of those whom nothing else has reached."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from warnbroker.contracts.bus import Bus, lane_topic
from warnbroker.contracts.channel import Channel
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.doorsteps import DoorstepStore
from warnbroker.contracts.escalation import Favouring, LadderStore, Unreached
from warnbroker.contracts.store import AlertStore, DeliveryStore
from warnbroker.dispatch.publish import Publisher
from warnbroker.dispatch.reach import Circle
from warnbroker.dispatch.rows import Rows
from warnbroker.errors import PermanentSendError, TemporarySendError
from warnbroker.log import log
from warnbroker.model.alert import Position
from warnbroker.model.event import Event
from warnbroker.model.ladder import Action, Ladders
from warnbroker.model.publication import Publication
from warnbroker.model.record import AlertRecord, Candidate
from warnbroker.targeting import RegionTree, home_of

AT_ONCE = 10_000
GRID = 3
"""Decimals of a degree that places are rounded to, about 100 m: nobody's door is given away."""

PLANNED, IMPOSSIBLE, NO_VANS = "planned", "impossible", "no_vans"


@dataclass(frozen=True, slots=True)
class VanCaller:
    """Has channels that can go somewhere plan anew, and writes a new sheet for each van."""

    ladders: Ladders
    store: LadderStore
    doorsteps: DoorstepStore
    alerts: AlertStore
    deliveries: DeliveryStore
    publisher: Publisher
    channels: Mapping[str, Channel]
    circle: Circle
    bus: Bus
    clock: Clock
    ids: Iterator[int]

    async def sweep(self) -> None:
        """Plan for whoever waits; each alert again only after a while.

        Raises:
            StoreError: the database refused; the next round goes on.
        """
        later: set[int] = set()
        while waiting := await self.store.waiting(Action.VANS, AT_ONCE, later):
            later.add(waiting[0].alert_id)
            await self._call(waiting)

    async def _call(self, waiting: Sequence[Unreached]) -> None:
        alert_id, now = waiting[0].alert_id, self.clock.now()
        turn, last = await self.store.rounds(alert_id, Action.VANS)
        first = min((item.at for item in waiting if item.at is not None), default=now)
        # One plan for a wave of people, not one for those who came first.
        if now - first < self.ladders.gather:
            return
        if last is not None and now - last < self.ladders.vans_every:
            return
        record = await self.alerts.get(alert_id)
        if record.stopped_at is not None or record.expires <= now:
            await self.store.settle(waiting, turn, "over")
            return
        outcome = await self._plan(record, waiting, turn + 1)
        if outcome:
            await self.store.settle(waiting, turn + 1, outcome)

    async def _plan(self, record: AlertRecord, waiting: Sequence[Unreached], turn: int) -> str:
        """Return what came of it, empty where it is to be tried again."""
        draft = await self.publisher.draft(record)
        names = [name for name in sorted(self.channels) if self._may(draft, name)]
        if not names:
            return NO_VANS
        where = await self._where(waiting)
        try:
            for name in names:
                await self._favour(record, draft, name, where, turn)
        except TemporarySendError as error:
            log.warning(Event.STEP_FAILED, step="vans", alert=record.public_id, error=str(error))
            return ""
        except PermanentSendError as error:
            log.error(Event.STEP_FAILED, step="vans", alert=record.public_id, error=str(error))
            return IMPOSSIBLE
        return PLANNED

    def _may(self, draft: Publication, name: str) -> bool:
        channel = self.channels[name]
        there = any(item.channel == name for item in draft.messages)
        groups = draft.groups
        return (
            isinstance(channel, Favouring)
            and there
            and any(self.circle.allows(draft.alert, one, name, own_target=True) for one in groups)
        )

    async def _favour(
        self,
        record: AlertRecord,
        draft: Publication,
        name: str,
        where: Sequence[tuple[Position, int]],
        turn: int,
    ) -> None:
        channel = self.channels[name]
        assert isinstance(channel, Favouring)  # noqa: S101  chosen by that
        await channel.favour(self.publisher.of_channel(draft, name), where, turn)
        made = Rows(record, draft, self.publisher, self.channels, self.ids)
        planned = [
            replace(row.delivery, series=f"{Action.VANS}:{turn}") for row in made.of_targets([name])
        ]
        await self.deliveries.plan(record.id, planned, self.clock.now())
        await self.bus.announce(lane_topic(name))

    async def _where(self, waiting: Sequence[Unreached]) -> Sequence[tuple[Position, int]]:
        people = await self.doorsteps.people([item.subscriber_id for item in waiting])
        tree = await self.publisher.tree()
        spots = Counter(
            spot for person in people.values() if (spot := _spot(person, tree)) is not None
        )
        return sorted(spots.items())


def _spot(person: Candidate, tree: RegionTree) -> Position | None:
    """Return about where somebody is, else a point of their region."""
    if person.position is not None:
        latitude, longitude = person.position
        return round(latitude, GRID), round(longitude, GRID)
    for region in home_of(person, tree)[:1]:
        point = region.geometry.representative_point()
        return round(point.y, GRID), round(point.x, GRID)
    return None
