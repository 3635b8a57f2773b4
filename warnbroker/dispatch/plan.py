"""Plan an alert: who is told what, on which channel; rows first, then the hint to send."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from warnbroker.contracts.bus import Bus, lane_topic
from warnbroker.contracts.channel import Channel
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import AlertStore, DeliveryStore
from warnbroker.dispatch.audience import PAGE, Audience
from warnbroker.dispatch.publish import Publisher
from warnbroker.dispatch.routing import Route, channels_for
from warnbroker.model.enums import MsgType
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.record import AlertRecord, AlertState, Candidate, PlannedDelivery, Told

KIND: Mapping[MsgType, MessageKind] = {
    MsgType.ALERT: MessageKind.ALERT,
    MsgType.UPDATE: MessageKind.UPDATE,
    MsgType.CANCEL: MessageKind.CANCEL,
}
"""What an alert's messages tell those in its area."""


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery to be written, with whom it is for where that is a subscriber."""

    delivery: PlannedDelivery
    person: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Planner:
    """Turns accepted alerts into deliveries; planning one again changes nothing."""

    alerts: AlertStore
    deliveries: DeliveryStore
    publisher: Publisher
    channels: Mapping[str, Channel]
    routes: Sequence[Route]
    bus: Bus
    clock: Clock
    ids: Iterator[int]

    async def plan(self, alert_id: int) -> None:
        """Write every delivery of an alert, sending beginning with the first chunk.

        Raises:
            TemplateError: a text cannot be rendered.
            StoreError: the database refused; the next sweep plans the rest.
        """
        record = await self.alerts.get(alert_id)
        if record.state is AlertState.PLANNED:
            return
        await self.alerts.published(alert_id, self.clock.now())
        draft = await self.publisher.draft(record)
        async for page in self.rows(record, draft):
            await self._write(record, [row.delivery for row in page])
        await self.alerts.planned(alert_id, self.clock.now())

    def routed(self, draft: Publication) -> Mapping[int, Sequence[str]]:
        """Return the channels that each group takes."""
        regions = frozenset(region.code for region in draft.regions)
        present = channels_with_texts(draft)
        return {
            group.index: channels_for(group, regions, self.routes, present)
            for group in draft.groups
        }

    async def rows(self, record: AlertRecord, draft: Publication) -> AsyncIterator[Sequence[Row]]:
        """Stream what an alert would write, in its order; nothing is written."""
        if record.msg_type is not MsgType.CANCEL:
            async for page in self._area_rows(record, draft):
                yield page
        async for page in self._told_rows(record, draft):
            yield page

    async def _area_rows(
        self, record: AlertRecord, draft: Publication
    ) -> AsyncIterator[Sequence[Row]]:
        audience = await self.publisher.audience()
        routed = self.routed(draft)
        yield self._target_rows(
            record, draft, {name for names in routed.values() for name in names}
        )
        for group in draft.groups:
            async for page in audience.of(draft.groups, group.index):
                yield [
                    Row(item, person)
                    for person in page
                    for item in self._for_person(record, draft, group, person, routed[group.index])
                ]

    def _target_rows(
        self, record: AlertRecord, draft: Publication, names: Iterable[str]
    ) -> Sequence[Row]:
        rows = []
        for name in sorted(names):
            mine = self.publisher.of_channel(draft, name)
            rows += [
                Row(self._delivery(record, mine.messages[0], target=target.id))
                for target in self.channels[name].targets(mine)
            ]
        return rows

    def _for_person(
        self,
        record: AlertRecord,
        draft: Publication,
        group: Group,
        person: Candidate,
        names: Sequence[str],
    ) -> Iterator[PlannedDelivery]:
        for name in names:
            kind = self.channels[name].address_kind
            address = person.addresses.get(kind) if kind else None
            if address is None or (person.channels and name not in person.channels):
                continue
            message = self.publisher.choose(
                draft, name, person.language, group=group.index, kind=KIND[record.msg_type]
            )
            yield replace(
                self._delivery(record, message, rank=group.level.rank),
                subscriber_id=person.subscriber_id,
                address_id=address,
            )

    async def _told_rows(
        self, record: AlertRecord, draft: Publication
    ) -> AsyncIterator[Sequence[Row]]:
        earlier = [item.id for item in await self.alerts.chain(record.warning_id)]
        earlier = [found for found in earlier if found < record.id]
        if not earlier:
            return
        audience = await self.publisher.audience()
        present = channels_with_texts(draft)
        pages: AsyncIterator[Sequence[Told]] = self.deliveries.told(earlier, PAGE)
        async for page in pages:
            yield [
                Row(
                    self._for_told(record, draft, told, self._kind(record, draft, told, audience)),
                    told.candidate,
                )
                for told in page
                if told.channel in present
            ]

    def _kind(
        self, record: AlertRecord, draft: Publication, told: Told, audience: Audience
    ) -> MessageKind:
        if record.msg_type is MsgType.CANCEL:
            return MessageKind.CANCEL
        person = told.candidate
        if told.target is not None or person is None:
            return MessageKind.UPDATE
        inside = any(bool(audience.belongs(group, [person])[0]) for group in draft.groups)
        return MessageKind.UPDATE if inside else MessageKind.OUTSIDE

    def _for_told(
        self, record: AlertRecord, draft: Publication, told: Told, kind: MessageKind
    ) -> PlannedDelivery:
        message = self.publisher.choose(draft, told.channel, told.language, group=0, kind=kind)
        return replace(
            self._delivery(record, message, target=told.target),
            address_id=told.address_id,
            subscriber_id=told.candidate.subscriber_id if told.candidate else None,
        )

    def _delivery(
        self,
        record: AlertRecord,
        message: Message,
        *,
        target: str | None = None,
        rank: int | None = None,
    ) -> PlannedDelivery:
        return PlannedDelivery(
            id=next(self.ids),
            channel=message.channel,
            message=message,
            rank=record.rank if rank is None else rank,
            expires=record.expires,
            target=target,
        )

    async def _write(self, record: AlertRecord, planned: Sequence[PlannedDelivery]) -> None:
        if planned:
            await self.deliveries.plan(record.id, planned, self.clock.now())
        for name in sorted({item.channel for item in planned}):
            await self.bus.announce(lane_topic(name))


def channels_with_texts(draft: Publication) -> tuple[str, ...]:
    """Return the channels that an alert has messages for.

    After a restart with other channels configured, that may be fewer than there are.
    """
    return tuple(dict.fromkeys(message.channel for message in draft.messages))
