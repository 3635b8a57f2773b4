"""Plan an alert: who is told what, on which channel; rows first, then the hint to send."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import timedelta

from warnbroker.contracts.bus import Bus, lane_topic
from warnbroker.contracts.channel import Channel, Placeless
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.notices import Notifier
from warnbroker.contracts.store import AlertStore, DeliveryStore
from warnbroker.dispatch.audience import PAGE, Audience
from warnbroker.dispatch.informed import Informer
from warnbroker.dispatch.named import Named, named_by
from warnbroker.dispatch.offices import Offices
from warnbroker.dispatch.precedence import Precedence
from warnbroker.dispatch.publish import Publisher, earlier_of
from warnbroker.dispatch.reach import Circle, Reach
from warnbroker.dispatch.retold import Retold
from warnbroker.dispatch.routing import Route, channels_for
from warnbroker.dispatch.rows import Row, Rows
from warnbroker.failpoints import Point, reach
from warnbroker.log import log
from warnbroker.model.enums import MsgType
from warnbroker.model.event import Event
from warnbroker.model.message import MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.record import AlertRecord, AlertState, PlannedDelivery, Told
from warnbroker.model.standing import Standing


@dataclass(frozen=True, slots=True)
class Planner:
    """Turns accepted alerts into deliveries; planning one again changes nothing.

    ``notifier`` tells the office what is internal to it, ``informer`` the offices around,
    above and beside it what is public. ``looks`` says, by rank, how long after that people are
    first looked at for receipts.
    """

    alerts: AlertStore
    deliveries: DeliveryStore
    publisher: Publisher
    channels: Mapping[str, Channel]
    routes: Sequence[Route]
    bus: Bus
    clock: Clock
    ids: Iterator[int]
    circle: Circle = field(default_factory=Circle)
    notifier: Notifier | None = None
    informer: Informer | None = None
    looks: Mapping[int, timedelta] = field(default_factory=dict)
    precedence: Precedence = field(default_factory=Precedence)

    async def plan(self, alert_id: int) -> None:
        """Write every delivery of an alert, sending beginning with the first chunk.

        Raises:
            TemplateError: a text cannot be rendered.
            NotFoundError: those whom a Restricted or Private alert names are not known any more.
            StoreError: the database refused; the next sweep plans the rest.
        """
        record = await self.alerts.get(alert_id)
        if record.state is AlertState.PLANNED:
            return
        async with self.precedence.of(record.rank) as waited:
            await self._plan(await self.alerts.get(alert_id) if waited else record)

    async def _plan(self, record: AlertRecord) -> None:
        if record.planned_at is not None:
            self.publisher.forget(record)
        # Before anything else of the warning is read: what joins it from now on is missing here.
        chain = [item.id for item in await self.alerts.chain(record.warning_id)]
        if record.stopped_at is None:
            offices = Offices(self.informer, record)
            await self._publish(record, offices)
            await offices.end()
        reach(Point.PAGES_PLANNED)
        await self.alerts.planned(record.id, self.clock.now(), chain)
        reach(Point.ALERT_PLANNED)

    async def _publish(self, record: AlertRecord, offices: Offices) -> None:
        await self.alerts.published(record.id, self.clock.now())
        reach(Point.ALERT_PUBLISHED)
        draft = await self.publisher.draft(record)
        reach(Point.TEXTS_KEPT)
        if self.circle.reach(record, draft.alert) is Reach.OFFICE:
            await self._tell_office(record)
        async for page in self.rows(record, draft):
            await self._write(record, page)
            await offices.after(page)
            if (await self.alerts.get(record.id)).stopped_at is not None:
                # Something has taken its place: that must not wait for the rest.
                return
            await self.precedence.turn(record.rank)

    async def correct(self) -> None:
        """Write what is owed to those who were told after all, of alerts that are over.

        Their deliveries had failed when an Update or Cancel was planned; then it was learnt
        that they had arrived.

        Raises:
            Exception: the first that failed, when all were tried; the next sweep tries again.
        """
        failed: list[Exception] = []
        for alert_id, told in (await self.deliveries.owed(self.clock.now(), PAGE)).items():
            try:
                await self._correct(alert_id, told)
            except Exception as error:  # the people of the next one must not wait for it
                failed.append(error)
        if failed:
            raise failed[0]

    async def _correct(self, alert_id: int, told: Sequence[Told]) -> None:
        record = await self.alerts.get(alert_id)
        draft = await self.publisher.draft(record)
        reach = self.circle.reach(record, draft.alert)
        # A Cancel is for all who were told, whoever is on the list by now.
        is_listed = reach is Reach.NAMED and record.msg_type is not MsgType.CANCEL
        named = await self._named(draft) if is_listed else None
        audience = await self.publisher.audience(agreed=reach is Reach.AGREED)
        made = self._made(record, draft)
        await self._write(record, self._rows_of_told(made, told, named, audience))
        log.info(Event.CORRECTION_OWED, alert=record.public_id, people=len(told))

    def routed(self, draft: Publication) -> Mapping[int, Sequence[str]]:
        """Return the channels that each group takes."""
        regions = frozenset(region.code for region in draft.regions)
        present = self._present(draft)
        return {
            group.index: tuple(
                name
                for name in channels_for(group, regions, self.routes, present)
                if self._may_take(draft, group, name)
            )
            for group in draft.groups
        }

    async def rows(self, record: AlertRecord, draft: Publication) -> AsyncIterator[Sequence[Row]]:
        """Stream what an alert would write, in its order; nothing is written.

        Raises:
            NotFoundError: those whom a Restricted or Private alert names are not known any more.
        """
        reach = self.circle.reach(record, draft.alert)
        if reach in {Reach.NOBODY, Reach.OFFICE}:
            return
        made = self._made(record, draft)
        named, reached = None, set[int]()
        if record.msg_type is not MsgType.CANCEL:
            named = await self._named(draft) if reach is Reach.NAMED else None
            pages = self._named_rows(made, named) if named else self._area_rows(made, reach)
            retold = await self._retold(record, draft)
            async for found in pages:
                page = await retold.of(found)
                # Only those who were told of an earlier alert are asked about later.
                reached |= self._shared(page) if retold.earlier else set()
                yield page
        async for page in self._told_rows(made, named, reach, reached):
            yield page

    def _made(self, record: AlertRecord, draft: Publication) -> Rows:
        return Rows(record, draft, self.publisher, self.channels, self.ids)

    async def _retold(self, record: AlertRecord, draft: Publication) -> Retold:
        chain = await self.alerts.chain(record.warning_id)
        return Retold(
            self.deliveries,
            draft,
            self.publisher.restraint,
            {item.id: item.public_id for item in earlier_of(chain, record)},
            await self.publisher.changes(record, draft),
        )

    async def _area_rows(self, made: Rows, reach: Reach) -> AsyncIterator[Sequence[Row]]:
        audience = await self.publisher.audience(agreed=reach is Reach.AGREED)
        routed, groups = self.routed(made.draft), made.draft.groups
        used = {name for names in routed.values() for name in names}
        yield made.of_targets(used)
        if reach.has_sinks:
            for name in sorted(used & self.circle.sinks.keys()):
                yield made.of_addresses(self.circle.sinks[name], name)
        for group in groups:
            async for people in audience.of(groups, group.index):
                yield made.of_people(people, group, routed[group.index])

    async def _named(self, draft: Publication) -> Named:
        tree = await self.publisher.tree()
        return await named_by(draft, self.circle, self.publisher.subscribers, tree)

    async def _named_rows(self, made: Rows, named: Named) -> AsyncIterator[Sequence[Row]]:
        for group in made.draft.groups[:1]:
            async for page in named.rows(made, self.routed(made.draft)[group.index]):
                yield page

    async def _told_rows(
        self, made: Rows, named: Named | None, reach: Reach, reached: set[int]
    ) -> AsyncIterator[Sequence[Row]]:
        chain = await self.alerts.chain(made.record.warning_id)
        earlier = [item.id for item in earlier_of(chain, made.record)]
        if not earlier:
            return
        audience = await self.publisher.audience(agreed=reach is Reach.AGREED)
        present, some_moved = self._present(made.draft), False
        async for page in self.deliveries.told(earlier, PAGE):
            rows = self._rows_of_told(made, page, named, audience)
            some_moved |= len(rows) < len(page)
            reached |= self._shared(rows)
            yield rows
        if not some_moved:
            return
        async for page in self.deliveries.told(earlier, PAGE):
            rows = [
                row
                for told in page
                if told.channel not in present
                for row in made.of_moved(
                    told, self._kind(made, told, named, audience), present, reached
                )
            ]
            reached |= self._shared(rows)
            yield rows

    def _rows_of_told(
        self, made: Rows, page: Sequence[Told], named: Named | None, audience: Audience
    ) -> Sequence[Row]:
        present = self._present(made.draft)
        return [
            made.of_told(told, self._kind(made, told, named, audience))
            for told in page
            if told.channel in present
        ]

    def _present(self, draft: Publication) -> tuple[str, ...]:
        """Return the channels that are there now and that an alert has texts for."""
        return tuple(name for name in channels_with_texts(draft) if name in self.channels)

    def _shared(self, rows: Sequence[Row]) -> AbstractSet[int]:
        """Return the addresses in rows that more than one channel could use."""
        kinds = Counter(channel.address_kind for channel in self.channels.values())
        return {
            row.delivery.address_id
            for row in rows
            if row.delivery.address_id is not None
            and kinds[self.channels[row.delivery.channel].address_kind] > 1
        }

    def _kind(self, made: Rows, told: Told, named: Named | None, audience: Audience) -> MessageKind:
        if made.record.msg_type is MsgType.CANCEL:
            return MessageKind.CANCEL
        person = told.candidate
        if named is not None:
            inside = named.holds(told)
        elif told.target is not None or person is None:
            inside = True
        elif any(group.area.is_empty for group in made.draft.groups):
            # Nobody is told that they are outside of an area that nobody can place.
            inside = True
        else:
            groups = made.draft.groups
            inside = any(bool(audience.belongs(group, [person])[0]) for group in groups)
        return MessageKind.UPDATE if inside else MessageKind.OUTSIDE

    def _may_take(self, draft: Publication, group: Group, name: str) -> bool:
        channel = self.channels[name]
        # What cannot be placed is published, and targets nobody.
        if group.area.is_empty and Standing.of(draft.alert).is_for_all:
            return isinstance(channel, Placeless) and channel.placeless
        own = channel.address_kind is None
        return self.circle.allows(draft.alert, group, name, own_target=own)

    async def _tell_office(self, record: AlertRecord) -> None:
        own = self.circle.authorities.of_sender(record.sender)
        if self.notifier is not None and own is not None:
            await self.notifier.tell(record, MessageKind.NOTICE, [own])

    async def _write(self, record: AlertRecord, rows: Sequence[Row]) -> None:
        planned = await self._addressed(rows)
        if planned:
            await self.deliveries.plan(record.id, planned, self.clock.now(), looks=self.looks)
            reach(Point.PAGE_PLANNED)
        for name in sorted({item.channel for item in planned}):
            await self.bus.announce(lane_topic(name))

    async def _addressed(self, rows: Sequence[Row]) -> Sequence[PlannedDelivery]:
        direct = {(str(kind), text) for row in rows if row.direct for kind, text in [row.direct]}
        ids = await self.deliveries.addresses(direct) if direct else {}
        return [
            row.delivery
            if row.direct is None
            else replace(row.delivery, address_id=ids[str(row.direct[0]), row.direct[1]])
            for row in rows
        ]


def channels_with_texts(draft: Publication) -> tuple[str, ...]:
    """Return the channels that an alert has messages for.

    After a restart with other channels configured, that may be fewer than there are.
    """
    return tuple(dict.fromkeys(message.channel for message in draft.messages))
