"""Accept an alert: right, permitted, new; then it is in the ledger and nothing can lose it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from warnbroker.cap import parse_xml
from warnbroker.cap.document import quote
from warnbroker.contracts.bus import PLAN_TOPIC, Bus
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import AlertStore, RegionStore
from warnbroker.errors import AlertError, ConflictError, Fault
from warnbroker.intake.authority import authorise, authorise_lineage, authorise_sender
from warnbroker.intake.sound import Sound, area_of, content_hash, sound
from warnbroker.metrics import ALERTS
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType
from warnbroker.model.identity import alert_public_id, public_id
from warnbroker.model.level import Level, LevelScale
from warnbroker.model.record import AlertRecord, AlertState, IssuerRecord
from warnbroker.targeting import RegionTree, group_infos

LONG = 32 * 1024
"""Bytes from which a body is read and judged beside the event loop."""


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes an alert came as."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The alert in the ledger; ``new`` is false where it had been accepted before."""

    record: AlertRecord
    new: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """An alert as the ledger would hold it; ``references`` and ``stops`` are public ids."""

    record: AlertRecord
    references: Sequence[str]
    stops: Sequence[str]


@dataclass(frozen=True, slots=True)
class Intake:
    """The only way an alert comes in."""

    alerts: AlertStore
    regions: RegionStore
    scale: LevelScale
    bus: Bus
    clock: Clock
    ids: Iterator[int]

    async def accept(
        self, issuer: IssuerRecord, alert: Alert, body: Body, *, reason: str = "lifted"
    ) -> Accepted:
        """Write an alert to the ledger and set its publication going.

        ``reason`` is what a Cancel says of itself: ``error`` or ``lifted``.

        Raises:
            AlertError: it breaks rules; all of them are named.
            ForbiddenError: the issuer may not send it.
            ConflictError: its identity is taken by other content.
        """
        found = await self.examine(issuer, alert, body, reason=reason)
        if isinstance(found, AlertRecord):
            return Accepted(found, new=False)
        record = found.record
        written = await self.alerts.accept(
            record, found.references, actor=issuer.name, stops=found.stops
        )
        await self.bus.announce(PLAN_TOPIC)
        if written.id == record.id:
            ALERTS.labels(record.level, record.msg_type).inc()
        return Accepted(_same(written, record.content_hash), new=written.id == record.id)

    async def examine(
        self, issuer: IssuerRecord, alert: Alert, body: Body, *, reason: str = "lifted"
    ) -> Draft | AlertRecord:
        """Return what would be written, or what was accepted before; raises as ``accept`` does."""
        authorise_sender(issuer, alert)
        known = await self.alerts.same_identity(alert.sender, alert.identifier)
        if known is not None:
            return _same(known, content_hash(alert))
        tree = RegionTree(await self.regions.all())
        judge = partial(sound, alert, self.scale, tree, self.clock.now())
        is_long = len(body.content) >= LONG
        judged = await asyncio.to_thread(judge) if is_long else judge()
        authorise(issuer, alert, judged.area, tree)
        earlier = await self._earlier(alert)
        for item in earlier:
            if item.issuer_id != issuer.id:
                self._authorise_change(issuer, item, tree)
        record = self._record(issuer, alert, body, _Lineage(judged, earlier, reason))
        stops = [item.public_id for item in earlier if alert.msg_type is not MsgType.ALERT]
        named = (public_id(item.sender, item.identifier, item.sent) for item in alert.references)
        return Draft(record, list(dict.fromkeys(named)), stops)

    def _authorise_change(
        self, issuer: IssuerRecord, earlier: AlertRecord, tree: RegionTree
    ) -> None:
        """Let somebody end another's alert only if they might have issued it."""
        if issuer.jurisdictions or issuer.hazards:
            alert = parse_xml(earlier.document, limit=len(earlier.document) + 1)
            authorise(issuer, alert, area_of(group_infos(alert, self.scale.of, tree)), tree)

    async def _earlier(self, alert: Alert) -> Sequence[AlertRecord]:
        """Return every alert of the warnings that this one refers to, oldest first."""
        found: dict[int, AlertRecord] = {}
        for reference in dict.fromkeys(alert.references):
            record = await self.alerts.same_identity(reference.sender, reference.identifier)
            if record is not None and record.id not in found:
                authorise_lineage(alert, record)
                for item in await self.alerts.chain(record.warning_id):
                    found[item.id] = item
        if alert.msg_type is MsgType.CANCEL and not found:
            raise AlertError(
                [Fault("lineage.unknown", "it cancels no alert known here", "references")]
            )
        return [found[key] for key in sorted(found)]

    def _record(
        self, issuer: IssuerRecord, alert: Alert, body: Body, lineage: "_Lineage"
    ) -> AlertRecord:
        now = self.clock.now()
        identity = alert_public_id(alert)
        level = lineage.level(self.scale)
        return AlertRecord(
            id=next(self.ids),
            public_id=identity,
            warning_id=lineage.earlier[0].warning_id if lineage.earlier else identity,
            authority_id=issuer.authority_id,
            issuer_id=issuer.id,
            sender=alert.sender,
            identifier=alert.identifier,
            sent=alert.sent,
            content_hash=lineage.judged.digest,
            msg_type=alert.msg_type,
            level=level.code,
            rank=level.rank,
            state=AlertState.ACCEPTED,
            reason=lineage.reason,
            document=lineage.judged.document,
            received=body.content,
            content_type=body.content_type,
            received_at=now,
            expires=_expiry(alert, lineage.earlier, now, level),
        )


@dataclass(frozen=True, slots=True)
class _Lineage:
    judged: Sound
    earlier: Sequence[AlertRecord]
    reason: str

    def level(self, scale: LevelScale) -> Level:
        """Return the gravest level it states, else that of the gravest alert it ends."""
        if self.judged.groups:
            return min((group.level for group in self.judged.groups), key=lambda level: level.rank)
        return scale[min(self.earlier, key=lambda record: record.rank).level]


def _same(record: AlertRecord, digest: bytes) -> AlertRecord:
    if record.content_hash != digest:
        raise ConflictError(
            f"{quote(record.sender)} has issued {quote(record.identifier)} with other content or "
            "at another time; a changed alert needs a new identifier and msgType Update"
        )
    return record


def _expiry(alert: Alert, earlier: Sequence[AlertRecord], now: datetime, level: Level) -> datetime:
    stated = [info.expires for info in alert.infos if info.expires]
    if stated:
        return max(stated)
    # A Cancel without a time of its own is worth telling as long as what it cancels was.
    ends = [item.expires for item in earlier if item.expires > now]
    return max(ends, default=now + level.expires_after)
