"""The rows of one alert: deliveries to be written, each with whom it is for."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from warnbroker.contracts.channel import Channel
from warnbroker.dispatch.publish import Publisher
from warnbroker.dispatch.routing import ordered
from warnbroker.model.enums import MsgType
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.record import AlertRecord, Candidate, PlannedDelivery, Told
from warnbroker.model.suppression import WISHES
from warnbroker.targeting import Direct

KIND: Mapping[MsgType, MessageKind] = {
    MsgType.ALERT: MessageKind.ALERT,
    MsgType.UPDATE: MessageKind.UPDATE,
    MsgType.CANCEL: MessageKind.CANCEL,
}
"""What an alert's messages tell those in its area."""


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery to be written, with whom it is for where that is a subscriber.

    ``direct`` is an address that is no subscriber's; it has no id until it is written.
    """

    delivery: PlannedDelivery
    person: Candidate | None = None
    direct: Direct | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Makes the rows of one alert; nothing is written."""

    record: AlertRecord
    draft: Publication
    publisher: Publisher
    channels: Mapping[str, Channel]
    ids: Iterator[int]

    def of_people(
        self, people: Iterable[Candidate], group: Group, names: Sequence[str]
    ) -> Sequence[Row]:
        """Return a row for each person and channel that they have an address for and want.

        Where the issuer names who is told on a channel, nobody else is.
        """
        order = ordered(group)
        return [
            Row(self._to(person, group, name, address), person)
            for person in people
            for name in names
            if (kind := self.channels[name].address_kind)
            and (address := person.addresses.get(kind)) is not None
            and (not person.channels or name in person.channels)
            and order.admits(name, person.role)
        ]

    def of_targets(self, names: Iterable[str]) -> Sequence[Row]:
        """Return a row for each recipient that channels name themselves."""
        rows = []
        for name in sorted(names):
            mine = self.publisher.of_channel(self.draft, name)
            rows += [
                Row(self._delivery(mine.messages[0], target=target.id))
                for target in self.channels[name].targets(mine)
            ]
        return rows

    def of_addresses(self, addresses: Iterable[Direct], name: str) -> Sequence[Row]:
        """Return a row for each address that a channel can use, in the first language."""
        group, language = self.draft.groups[0], self.publisher.fallback[0]
        message = self._message(name, language, group)
        return [
            Row(self._of_level(message, group), direct=(kind, text))
            for kind, text in addresses
            if kind == self.channels[name].address_kind
        ]

    def of_told(self, told: Told, kind: MessageKind) -> Row:
        """Return the row for somebody who may have been told before, on that channel.

        They are owed it, whatever they have wished for since.
        """
        message = self.publisher.choose(self.draft, told.channel, told.language, group=0, kind=kind)
        planned = replace(
            self._delivery(message, target=told.target),
            address_id=told.address_id,
            subscriber_id=told.candidate.subscriber_id if told.candidate else None,
            in_spite_of=WISHES,
        )
        level = self.draft.level
        return Row(
            self.publisher.restraint.at_its_hour(planned, level, told.candidate), told.candidate
        )

    def of_moved(
        self, told: Told, kind: MessageKind, names: Sequence[str], reached: Collection[int]
    ) -> Sequence[Row]:
        """Return the rows for somebody who was told on a channel that is there no more.

        They take the person's addresses on the channels that there are, of those that the
        person wants if any of them will do; ``reached`` are addresses that have it already.
        """
        person = told.candidate
        if person is None:
            return []
        usable: dict[int, str] = {}
        for name in sorted(names, key=lambda name: name not in person.channels):
            address_kind = self.channels[name].address_kind
            address = person.addresses.get(address_kind) if address_kind else None
            if address is not None and address not in reached:
                usable.setdefault(address, name)
        wanted = {address: name for address, name in usable.items() if name in person.channels}
        return [
            self.of_told(replace(told, channel=name, address_id=address), kind)
            for address, name in (wanted or usable).items()
        ]

    def _to(self, person: Candidate, group: Group, name: str, address: int) -> PlannedDelivery:
        message = self._message(name, person.language, group)
        planned = self._of_level(message, group, person.subscriber_id, address)
        return self.publisher.restraint.at_its_hour(planned, group.level, person)

    def _of_level(
        self, message: Message, group: Group, person: int | None = None, address: int | None = None
    ) -> PlannedDelivery:
        return PlannedDelivery(
            id=next(self.ids),
            channel=message.channel,
            message=message,
            rank=group.level.rank,
            expires=self.record.expires,
            subscriber_id=person,
            address_id=address,
            in_spite_of=self.publisher.restraint.in_spite_of(group.level),
        )

    def _message(self, name: str, language: str, group: Group) -> Message:
        kind = KIND[self.record.msg_type]
        return self.publisher.choose(self.draft, name, language, group=group.index, kind=kind)

    def _delivery(self, message: Message, *, target: str | None = None) -> PlannedDelivery:
        return PlannedDelivery(
            id=next(self.ids),
            channel=message.channel,
            message=message,
            rank=self.record.rank,
            expires=self.record.expires,
            target=target,
        )
