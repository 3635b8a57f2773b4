"""Put people whom nothing reached on lists, and tell those who are to go to them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from warnbroker.contracts.bus import Bus, lane_topic
from warnbroker.contracts.channel import Channel
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.doorsteps import DoorstepStore, LinkSeal, Place
from warnbroker.contracts.escalation import LadderStore, Unreached
from warnbroker.contracts.store import AlertStore, AuditStore, DeliveryStore, SubscriberStore
from warnbroker.dispatch.audience import PAGE
from warnbroker.dispatch.escalate.holders import ROLES, Holders
from warnbroker.dispatch.publish import Publisher
from warnbroker.dispatch.rows import KIND, Rows
from warnbroker.log import log
from warnbroker.model.actor import BROKER
from warnbroker.model.doorstep import DESK, DoorList
from warnbroker.model.event import Event
from warnbroker.model.ladder import Action, Ladders
from warnbroker.model.message import MessageKind
from warnbroker.model.record import AlertRecord, Candidate, PlannedDelivery, Told
from warnbroker.targeting import home_of

LISTED = "listed"
"""The outcome of a step that put somebody on a list."""

AT_ONCE, MOST_TURNS = 500, 20
TELLINGS = 1000
"""What tells the messages about one list from those about the next, in their group."""


@dataclass(frozen=True, slots=True)
class ListKeeper:
    """Opens the lists of contact persons and officers; ``url`` is where their pages are."""

    ladders: Ladders
    store: LadderStore
    doorsteps: DoorstepStore
    alerts: AlertStore
    deliveries: DeliveryStore
    subscribers: SubscriberStore
    audit: AuditStore
    publisher: Publisher
    channels: Mapping[str, Channel]
    seal: LinkSeal
    url: str
    bus: Bus
    clock: Clock
    ids: Iterator[int]

    async def sweep(self) -> None:
        """Put whoever waits on a list, and tell holders of lists that have grown.

        Raises:
            StoreError: the database refused; the next round goes on.
        """
        for action in ROLES:
            for _ in range(MOST_TURNS):
                waiting = await self.store.waiting(action, AT_ONCE)
                if not waiting:
                    break
                await self._open(action, waiting)
        await self._tell()
        await self._end()

    async def _open(self, action: Action, waiting: Sequence[Unreached]) -> None:
        alert_id = waiting[0].alert_id
        record, tree = await self.alerts.get(alert_id), await self.publisher.tree()
        people = await self.doorsteps.people([item.subscriber_id for item in waiting])
        holders = Holders(await self._holders(action, record), tree)
        there = await self.doorsteps.lists(alert_id)
        for item in there:
            holders.loads[item.holder_id] += item.size
        places = [
            Place(holder, item)
            for item in waiting
            if (person := people.get(item.subscriber_id))
            for holder in holders.of(action, person, home_of(person, tree))
        ]
        gone = [item for item in waiting if item.subscriber_id not in people]
        if gone:
            await self.store.settle(gone, 1, "gone")
        if places:
            await self.doorsteps.open(alert_id, action, places, LISTED, self.clock.now())
            self._call_desk(record, action, places, there)

    def _call_desk(
        self,
        record: AlertRecord,
        action: Action,
        places: Sequence[Place],
        there: Sequence[DoorList],
    ) -> None:
        """Warn of a list that nobody is told of, when it opens."""
        people = sum(place.holder_id == DESK for place in places)
        known = any(item.holder_id == DESK and item.action is action for item in there)
        if people and not known:
            log.warning(
                Event.LIST_OPENED,
                alert=record.public_id,
                step=action,
                holder="desk",
                people=people,
            )

    async def _holders(self, action: Action, record: AlertRecord) -> Sequence[Candidate]:
        found: list[Candidate] = []
        async for page in self.subscribers.by_roles([ROLES[action]], PAGE):
            found += (one for one in page if one.drills or not record.standing.is_drill)
        return found

    async def _tell(self) -> None:
        now, ladders = self.clock.now(), self.ladders
        grown = await self.doorsteps.untold(now, ladders.gather, ladders.tell_again, AT_ONCE)
        people = await self.doorsteps.people([item.holder_id for item in grown])
        for item in grown:
            holder = people.get(item.holder_id)
            if holder is not None:
                await self._tell_of(item, holder)
            await self.doorsteps.told(item, now)

    async def _end(self) -> None:
        """Tell holders of what took an alert's place; who hears of it anyway, hears it once."""
        for found in await self.doorsteps.over(AT_ONCE):
            record = await self.alerts.get(found.alert_id)
            by = await self.alerts.find(record.stopped_by) if record.stopped_by else None
            people = await self.doorsteps.people([found.holder_id])
            if by is not None and found.holder_id in people:
                await self._correct(by, people[found.holder_id])
            await self.doorsteps.told(found, self.clock.now())

    async def _correct(self, by: AlertRecord, holder: Candidate) -> None:
        draft = await self.publisher.draft(by)
        made = Rows(by, draft, self.publisher, self.channels, self.ids)
        kind = KIND[by.msg_type]
        there = {item.channel for item in draft.messages if item.kind is kind}
        planned = [
            made.of_told(Told(name, holder.language, address, None, holder), kind).delivery
            for name, channel in self.channels.items()
            if name in there and channel.address_kind is not None
            if (address := holder.addresses.get(channel.address_kind)) is not None
        ]
        await self.deliveries.plan(by.id, planned, self.clock.now())
        for name in sorted({item.channel for item in planned}):
            await self.bus.announce(lane_topic(name))

    async def _tell_of(self, found: DoorList, holder: Candidate) -> None:
        record = await self.alerts.get(found.alert_id)
        over = self._over(found.action, record)
        names = [
            name
            for name, channel in self.channels.items()
            if channel.address_kind in holder.addresses and (not over or name in over)
        ]
        group = found.number * TELLINGS + found.tellings
        planned = await self._planned(record, found, holder, names, group)
        await self.deliveries.plan(record.id, planned, self.clock.now())
        for name in sorted({item.channel for item in planned}):
            await self.bus.announce(lane_topic(name))
        if not found.tellings:
            detail = {"list": found.number, "step": found.action, "people": found.size}
            await self.audit.append(BROKER, Event.LIST_OPENED, found.alert, detail)

    def _over(self, action: Action, record: AlertRecord) -> frozenset[str]:
        """Return the channels that the holders of a step's lists are told over; empty: all."""
        rungs = self.ladders.of(record.rank)
        return frozenset(name for rung in rungs if rung.action is action for name in rung.channels)

    async def _planned(
        self,
        record: AlertRecord,
        found: DoorList,
        holder: Candidate,
        names: Sequence[str],
        group: int,
    ) -> Sequence[PlannedDelivery]:
        link = f"{self.url}/last-mile/{self.seal.seal(found.id)}"
        made = await self.publisher.unreached(record, names, holder.language, found.size, link)
        kept = await self.deliveries.add_messages(
            record.id, [replace(item, group=group) for item in made]
        )
        mine = [item for item in kept if item.kind is MessageKind.UNREACHED and item.group == group]
        return [
            PlannedDelivery(
                id=next(self.ids),
                channel=item.channel,
                message=item,
                rank=record.rank,
                expires=record.expires,
                address_id=holder.addresses[kind],
                series=f"{MessageKind.UNREACHED}:{group}",
            )
            for item in mine
            if (kind := self.channels[item.channel].address_kind) in holder.addresses
            and kind is not None
        ]
