"""Tell offices, beside the public: deliveries to the people on duty at authorities."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from warnbroker.contracts.bus import Bus, lane_topic
from warnbroker.contracts.channel import Channel
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.notices import Notifier
from warnbroker.contracts.store import DeliveryStore
from warnbroker.dispatch.publish import Publisher
from warnbroker.model.authority import Authority, Contact
from warnbroker.model.message import ASIDE, Message, MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.record import AlertRecord, PlannedDelivery
from warnbroker.model.suppression import WISHES


@dataclass(frozen=True, slots=True)
class Notices:
    """Writes what offices are told to the ledger; the lanes send it like all.

    A contact is told over every channel that they have an address for, in their own
    language, else in the municipality's first. Nothing of it counts as telling the public.
    """

    deliveries: DeliveryStore
    publisher: Publisher
    channels: Mapping[str, Channel]
    bus: Bus
    clock: Clock
    ids: Iterator[int]

    async def tell(
        self,
        record: AlertRecord,
        kind: MessageKind,
        authorities: Sequence[Authority],
        *,
        series: str = "",
    ) -> int:
        """Write one delivery for each address of each contact; return how many.

        The same alert, kind, series and address again adds nothing.

        Raises:
            ValueError: the kind is for the public.
            TemplateError: the text cannot be rendered.
            StoreError: the database refused; nothing or a part was written, so tell again.
        """
        if kind not in ASIDE:
            raise ValueError(f"{kind} is for the public")
        contacts = [contact for authority in authorities for contact in authority.contacts]
        if not any(contact.addresses for contact in contacts):
            return 0
        draft = await self.publisher.aside(record, kind)
        planned = await self._planned(record, draft, contacts, f"{kind}:{series}")
        await self.deliveries.plan(record.id, planned, self.clock.now())
        for name in sorted({item.channel for item in planned}):
            await self.bus.announce(lane_topic(name))
        return len(planned)

    async def _planned(
        self, record: AlertRecord, draft: Publication, contacts: Sequence[Contact], series: str
    ) -> Sequence[PlannedDelivery]:
        wanted = {pair for contact in contacts for pair in contact.addresses.items()}
        ids = await self.deliveries.addresses(wanted)
        # One who is on duty for two offices has one phone and is told once.
        found = {
            (item.channel, item.address_id, item.message.group): item
            for contact in reversed(contacts)
            for message, address in self._texts(draft, contact)
            for item in [
                PlannedDelivery(
                    id=next(self.ids),
                    channel=message.channel,
                    message=message,
                    rank=record.rank,
                    expires=record.expires,
                    address_id=ids[address],
                    series=f"{series}:{message.group}",
                    # Who is on duty cannot opt out of it as a subscriber.
                    in_spite_of=WISHES,
                )
            ]
        }
        return list(found.values())

    def _texts(
        self, draft: Publication, contact: Contact
    ) -> Iterator[tuple[Message, tuple[str, str]]]:
        """Yield what a contact is told, and at which address: of each event by itself."""
        there = {(message.channel, message.group, message.kind) for message in draft.messages}
        for channel, group, kind in sorted(there):
            sort = self.channels[channel].address_kind if channel in self.channels else None
            if sort is not None and sort in contact.addresses:
                text = self.publisher.choose(
                    draft, channel, contact.language, group=group, kind=kind
                )
                yield text, (sort, contact.addresses[sort])


_: type[Notifier] = Notices
