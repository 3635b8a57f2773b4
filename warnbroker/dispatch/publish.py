"""Draft publications: an alert with its groups, regions and messages, from the ledger's rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

import shapely

from warnbroker.cap import parse_xml
from warnbroker.contracts.channel import Channel
from warnbroker.contracts.store import AlertStore, DeliveryStore, RegionStore, SubscriberStore
from warnbroker.dispatch.audience import Audience
from warnbroker.dispatch.restraint import Restraint
from warnbroker.errors import AlertError
from warnbroker.log import log
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType
from warnbroker.model.event import Event
from warnbroker.model.level import LevelScale
from warnbroker.model.message import ASIDE, Message, MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.record import AlertRecord
from warnbroker.model.standing import Standing
from warnbroker.render import Renderer
from warnbroker.render.changes import Changes, changes
from warnbroker.render.facts import NO_CHANGES
from warnbroker.render.languages import nearest
from warnbroker.targeting import Need, RegionTree, group_infos
from warnbroker.targeting.relayed import placed_groups

KINDS: Mapping[MsgType, tuple[MessageKind, ...]] = {
    MsgType.ALERT: (MessageKind.ALERT,),
    MsgType.UPDATE: (MessageKind.UPDATE, MessageKind.OUTSIDE),
    MsgType.CANCEL: (MessageKind.CANCEL,),
}

MOST_BASES = 5
"""So many earlier alerts an Update is worded against; who was told before that reads it whole."""

_SAYS_WHAT_HOLDS = frozenset({MsgType.ALERT, MsgType.UPDATE})
_FOR_ALL = {kind: kinds[0] for kind, kinds in KINDS.items()}
_FOR_ITS_AREA = frozenset(MessageKind) - ASIDE - {MessageKind.OUTSIDE}


@dataclass(slots=True)
class Publisher:
    """Draws up what an alert says, once; a restart finds the same texts in the ledger.

    ``restraint`` says whom they are not sent to, and when.
    """

    alerts: AlertStore
    deliveries: DeliveryStore
    regions: RegionStore
    subscribers: SubscriberStore
    renderer: Renderer
    scale: LevelScale
    channels: Mapping[str, Channel]
    fallback: Sequence[str]
    ids: Iterator[int]
    region_share: float = 0.0
    restraint: Restraint = field(default_factory=Restraint)
    _drafts: dict[int, Publication] = field(default_factory=dict)
    # What was chosen of the messages that were last asked about: hundreds of people share each.
    _chosen_of: Sequence[Message] = ()
    _chosen: dict[tuple[str, str, int, MessageKind], Message] = field(default_factory=dict)

    async def audience(self, *, agreed: bool = False) -> Audience:
        """Return what finds people, over the region tree as it is now.

        ``agreed`` leaves only those who agreed to be told of drills.
        """
        tree = await self.tree()
        return Audience(self.subscribers, tree, self.scale, self.region_share, agreed=agreed)

    async def tree(self) -> RegionTree:
        """Return the region tree."""
        return RegionTree(await self.regions.all())

    async def draft(self, record: AlertRecord) -> Publication:
        """Return an alert's publication with the messages of all channels."""
        if record.id not in self._drafts:
            while len(self._drafts) >= 64:
                self._drafts.pop(next(iter(self._drafts)))
            self._drafts[record.id] = await self._draw_up(record)
        return self._drafts[record.id]

    def forget(self, record: AlertRecord) -> None:
        """Draw an alert's publication up anew at the next look: it belongs to more than it did."""
        self._drafts.pop(record.id, None)

    async def aside(self, record: AlertRecord, kind: MessageKind) -> Publication:
        """Return an alert's publication with the texts that offices get, rendered once."""
        draft = await self._outline(record)
        kept = await self.deliveries.load_messages(record.id)
        if not any(item.kind is kind for item in kept):
            names = tuple(n for n, channel in self.channels.items() if channel.address_kind)
            kept = await self.deliveries.messages(
                record.id, self._of_kind(record, draft, kind, names)
            )
        return replace(draft, messages=tuple(item for item in kept if item.kind is kind))

    async def unreached(
        self, record: AlertRecord, names: Sequence[str], language: str, people: int, link: str
    ) -> Sequence[Message]:
        """Return what the holder of a list is told, by channel; nothing of it is kept.

        Raises:
            TemplateError: a text cannot be rendered.
        """
        draft = await self.draft(record)
        group = draft.groups[0]
        spoken = {info.language: info for info in reversed(group.infos)}
        tag = nearest(spoken, language, self.fallback) or next(iter(spoken))
        return self.renderer.messages(
            draft.alert, [replace(group, infos=(spoken[tag],))], names, MessageKind.UNREACHED,
            warning_id=record.warning_id, next_id=self.ids, alert_id=record.public_id,
            expires=record.expires, unreached=people, list_link=link,
        )  # fmt: skip

    async def sketch(self, record: AlertRecord) -> Publication:
        """Return a publication as it would be; nothing of it is kept."""
        draft = await self._outline(record)
        changes = await self.changes(record, draft)
        return replace(draft, messages=tuple(self._rendered(record, draft, changes)))

    async def changes(self, record: AlertRecord, draft: Publication) -> Mapping[str, Changes]:
        """Return what an Update changes since each of the last alerts before it."""
        if record.msg_type is not MsgType.UPDATE:
            return {}
        tree, chain = await self.tree(), await self.alerts.chain(record.warning_id)
        bases = [item for item in earlier_of(chain, record) if item.msg_type in _SAYS_WHAT_HOLDS]
        return {
            item.public_id: changes(
                group_infos(_parsed(item), self.scale.of, tree, Need.NOTHING), draft.groups
            )
            for item in bases[-MOST_BASES:]
        }

    def of_channel(self, draft: Publication, name: str) -> Publication:
        """Return the publication with one channel's messages only."""
        kind = _FOR_ALL[draft.alert.msg_type]
        to_people = name in self.channels and self.channels[name].address_kind is not None
        mine = tuple(
            item
            for item in draft.messages
            if item.channel == name
            and item.kind in _FOR_ITS_AREA
            and (to_people or (item.kind is kind and not item.since))
        )
        return replace(draft, messages=mine)

    def choose(
        self, draft: Publication, channel: str, language: str, *, group: int, kind: MessageKind
    ) -> Message:
        """Return the message in a language, else in the nearest one: never silence."""
        if self._chosen_of is not draft.messages:
            self._chosen_of, self._chosen = draft.messages, {}
        asked = (channel, language, group, kind)
        if asked not in self._chosen:
            self._chosen[asked] = self._nearest(draft, channel, language, group, kind)
        return self._chosen[asked]

    def _nearest(
        self, draft: Publication, channel: str, language: str, group: int, kind: MessageKind
    ) -> Message:
        by_language = {
            item.language: item
            for item in draft.messages
            if (item.channel, item.group, item.kind, item.since) == (channel, group, kind, "")
        }
        tag = nearest(by_language, language, self.fallback) or next(iter(by_language))
        return by_language[tag]

    async def _draw_up(self, record: AlertRecord) -> Publication:
        draft = await self._outline(record)
        return replace(draft, messages=tuple(await self._messages(record, draft)))

    async def _outline(self, record: AlertRecord) -> Publication:
        tree = await self.tree()
        earlier = earlier_of(await self.alerts.chain(record.warning_id), record)
        alert = _with_infos(_parsed(record), [_parsed(item) for item in earlier])
        if record.relayed:
            groups = placed_groups(record, alert, self.scale.of, tree)
        else:
            groups = _stored([record, *reversed(earlier)], self._grouped(record, alert, tree))
        area = shapely.union_all([group.area for group in groups])
        return Publication(
            id=record.public_id,
            warning_id=record.warning_id,
            alert=alert,
            level=self.scale[record.level],
            published=record.published_at or record.received_at,
            expires=record.expires,
            area=area,
            groups=groups,
            regions=tree.touching(area),
            messages=(),
            cap=record.cap,
            supersedes=tuple(item.public_id for item in earlier),
        )

    def _grouped(self, record: AlertRecord, alert: Alert, tree: RegionTree) -> tuple[Group, ...]:
        try:
            return group_infos(alert, self.scale.of, tree)
        except AlertError as error:
            # The regions have changed since it was accepted: what was decided must still leave.
            log.error(Event.STEP_FAILED, step="place", alert=record.public_id, error=str(error))
            return group_infos(alert, self.scale.of, tree, Need.NOTHING)

    async def _messages(self, record: AlertRecord, draft: Publication) -> Sequence[Message]:
        kept = await self.deliveries.load_messages(record.id)
        # What reminded people of an alert that waited is not what it says.
        if any(item.kind in KINDS[record.msg_type] for item in kept):
            return kept
        changes = await self.changes(record, draft)
        return await self.deliveries.messages(record.id, self._rendered(record, draft, changes))

    def _rendered(
        self, record: AlertRecord, draft: Publication, changes: Mapping[str, Changes]
    ) -> Sequence[Message]:
        names = tuple(self.channels)
        found = [
            message
            for kind in KINDS[record.msg_type]
            for message in self._of_kind(record, draft, kind, names)
        ]
        if record.msg_type is MsgType.UPDATE:
            to_people = tuple(n for n, channel in self.channels.items() if channel.address_kind)
            found += self._of_kind(record, draft, MessageKind.ALERT, to_people)
            for since, differs in changes.items():
                found += self._of_kind(
                    record, draft, MessageKind.UPDATE, to_people, since=since, changes=differs
                )
        return found

    def _of_kind(
        self,
        record: AlertRecord,
        draft: Publication,
        kind: MessageKind,
        names: Sequence[str],
        *,
        since: str = "",
        changes: Changes = NO_CHANGES,
    ) -> Sequence[Message]:
        return self.renderer.messages(
            draft.alert, draft.groups, names, kind,
            warning_id=record.warning_id, next_id=self.ids, alert_id=record.public_id,
            reason=record.reason, expires=record.expires, waiting=record.received_at,
            since=since, changes=changes,
        )  # fmt: skip


def earlier_of(chain: Sequence[AlertRecord], record: AlertRecord) -> Sequence[AlertRecord]:
    """Return the alerts of a warning that stand before one; all, where it is not in it yet."""
    return list(takewhile(lambda item: item.id != record.id, chain))


def _parsed(record: AlertRecord) -> Alert:
    return parse_xml(record.document, limit=len(record.document) + 1)


def _stored(records: Sequence[AlertRecord], groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """Return the groups where the alert was accepted for, whatever the regions are now.

    One that names no place, such as a bare Cancel, is where the last before it was.
    """
    is_bare = len(groups) == 1 and groups[0].area.is_empty and records[0].msg_type is MsgType.CANCEL
    named = records if is_bare else records[:1]
    area = next((item.area for item in named if item.area), b"")
    if len(groups) != 1 or not area:
        return groups
    return (replace(groups[0], area=shapely.from_wkb(area)),)


def _with_infos(alert: Alert, earlier: Sequence[Alert]) -> Alert:
    # A Cancel may come without infos: it then speaks of what it cancels. What is for a list
    # needs no area.
    own = bool(alert.infos) and not Standing.of(alert).is_for_all
    if own or any(info.areas for info in alert.infos):
        return alert
    spoken_of = next((item for item in reversed(earlier) if item.infos), alert)
    return replace(alert, infos=spoken_of.infos)
