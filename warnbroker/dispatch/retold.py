"""Those who were told of an earlier alert of the same warning, among those told now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from warnbroker.contracts.store import DeliveryStore
from warnbroker.dispatch.restraint import Restraint
from warnbroker.dispatch.rows import Row
from warnbroker.model.level import Level
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.record import PlannedDelivery
from warnbroker.model.suppression import WISHES
from warnbroker.render.changes import Changes

Key = tuple[str, str, int, MessageKind, str]


@dataclass(frozen=True, slots=True)
class Retold:
    """Words an Update for each person by what they were told last.

    ``earlier`` maps the ids of the alerts before it to their public ids, ``changes`` those to
    what differs since. Who was told nothing gets the whole warning.
    """

    deliveries: DeliveryStore
    draft: Publication
    restraint: Restraint
    earlier: Mapping[int, str]
    changes: Mapping[str, Changes]
    texts: Mapping[Key, Message] = field(init=False)

    def __post_init__(self) -> None:
        """Index the texts."""
        found = {_key(item): item for item in self.draft.messages}
        object.__setattr__(self, "texts", found)

    async def of(self, page: Sequence[Row]) -> Sequence[Row]:
        """Return the rows as they are for those who know something already, and for the rest."""
        wanted = [
            (row.delivery.channel, row.delivery.address_id)
            for row in page
            if row.delivery.address_id is not None
        ]
        if not (self.earlier and wanted):
            return page
        told = await self.deliveries.last_told(list(self.earlier), wanted)
        return [self._worded(row, told) for row in page]

    def _worded(self, row: Row, told: Mapping[tuple[str, int], tuple[int, datetime]]) -> Row:
        planned = row.delivery
        if planned.address_id is None or planned.message.kind is not MessageKind.UPDATE:
            return row
        last = told.get((planned.channel, planned.address_id))
        if last is None:
            whole = self._text(planned.message, kind=MessageKind.ALERT)
            return replace(row, delivery=replace(planned, message=whole))
        # Whoever was told gets the correction, whatever they have wished for since.
        planned = self._since(replace(planned, in_spite_of=WISHES), self.earlier[last[0]], last[1])
        level = self._level(planned.message)
        return replace(row, delivery=self.restraint.at_its_hour(planned, level, row.person))

    def _since(self, planned: PlannedDelivery, base: str, told_at: datetime) -> PlannedDelivery:
        said = planned.message
        planned = replace(planned, message=self._text(said, since=base))
        change = self.changes.get(base, {}).get((said.group, said.language.lower()))
        if change is None:
            return planned
        return self.restraint.in_peace(planned, self._level(said), change, told_at)

    def _text(
        self, said: Message, *, kind: MessageKind = MessageKind.UPDATE, since: str = ""
    ) -> Message:
        """Return the same message of another kind or since another alert; it, if there is none."""
        return self.texts.get((said.channel, said.language, said.group, kind, since), said)

    def _level(self, said: Message) -> Level:
        return next(
            (group.level for group in self.draft.groups if group.index == said.group),
            self.draft.level,
        )


def _key(item: Message) -> Key:
    return item.channel, item.language, item.group, item.kind, item.since
