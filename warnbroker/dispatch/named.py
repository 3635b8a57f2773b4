"""The people of an alert of limited scope: its list, and nobody beside it."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass

from warnbroker.contracts.store import SubscriberStore
from warnbroker.dispatch.audience import PAGE
from warnbroker.dispatch.reach import Circle
from warnbroker.dispatch.routing import ordered
from warnbroker.dispatch.rows import Row, Rows
from warnbroker.errors import NotFoundError
from warnbroker.log import log
from warnbroker.model.enums import MsgType
from warnbroker.model.event import Event
from warnbroker.model.publication import Publication
from warnbroker.model.record import Candidate, Told
from warnbroker.model.standing import Standing
from warnbroker.targeting import Addressees, Direct, RegionTree, addressees_of


@dataclass(frozen=True, slots=True)
class Named:
    """Those whom a Restricted or Private alert names.

    In a drill only those of them who agreed to drills, and of plain addresses only the sinks.
    ``roles`` are those that the issuer limits it to; none mean all. ``known`` are the ids of
    its plain addresses, as far as the ledger has them. ``is_gone``: nothing is known any more
    of those whom an Update names, so it is for those who were told before.
    """

    addressees: Addressees
    subscribers: SubscriberStore
    roles: frozenset[str]
    is_drill: bool
    sinks: Mapping[str, Sequence[Direct]]
    known: Collection[int]
    is_gone: bool = False

    async def rows(self, rows: Rows, names: Sequence[str]) -> AsyncIterator[Sequence[Row]]:
        """Stream the rows of those who are named; the list decides, not the area."""
        group = rows.draft.groups[0]
        async for page in self.addressees.pages(self.subscribers, PAGE):
            yield rows.of_people(filter(self._may_hear, page), group, names)
        for name in names:
            yield rows.of_addresses(self._direct(name), name)

    def holds(self, told: Told) -> bool:
        """Tell whether somebody who was told before is still among them."""
        if self.is_gone:
            return True
        if told.candidate is None:
            return told.address_id in self.known
        mine = bool(self.addressees.hold([told.candidate])[0])
        return mine and self._may_hear(told.candidate)

    def _may_hear(self, person: Candidate) -> bool:
        agreed = person.drills or not self.is_drill
        return agreed and (not self.roles or person.role in self.roles)

    def _direct(self, name: str) -> Sequence[Direct]:
        heard = self.sinks.get(name, ())
        return [item for item in self.addressees.direct if not self.is_drill or item in heard]


async def named_by(
    draft: Publication, circle: Circle, subscribers: SubscriberStore, tree: RegionTree
) -> Named:
    """Return those whom a Restricted or Private alert names.

    Of an Update as many as are known: nobody who was told before may wait for the others.

    Raises:
        NotFoundError: the settings or the ledger know a list or a key no more.
    """
    found = await addressees_of(draft.alert, circle.lists, subscribers, tree)
    if found.faults and draft.alert.msg_type is not MsgType.UPDATE:
        raise NotFoundError(f"{found.faults[0].rule}: {found.faults[0].message}")
    for fault in found.faults:
        log.error(Event.LIST_GONE, alert=draft.id, error=f"{fault.rule}: {fault.message}")
    known = await subscribers.address_ids([(str(kind), text) for kind, text in found.direct])
    return Named(
        addressees=found,
        subscribers=subscribers,
        roles=frozenset().union(*(ordered(group).roles for group in draft.groups)),
        is_drill=Standing.of(draft.alert).is_drill,
        sinks=circle.sinks,
        known=frozenset(known.values()),
        is_gone=bool(found.faults) and not (found.lists or found.refs or found.direct),
    )
