"""Accept an alert: right, permitted, new; then it is in the ledger and nothing can lose it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from warnbroker.cap import check, to_json, to_xml
from warnbroker.contracts.bus import PLAN_TOPIC, Bus
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import AlertStore, RegionStore
from warnbroker.errors import AlertError, ConflictError, Fault
from warnbroker.intake.authority import authorise, authorise_lineage
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType
from warnbroker.model.identity import alert_public_id, public_id
from warnbroker.model.level import Level, LevelScale
from warnbroker.model.publication import Group
from warnbroker.model.record import AlertRecord, AlertState, IssuerRecord
from warnbroker.targeting import RegionTree, group_infos


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
        digest = content_hash(alert)
        known = await self.alerts.same_identity(alert.sender, alert.identifier)
        if known is not None:
            return Accepted(_same(known, alert, digest), new=False)
        now = self.clock.now()
        _refuse(check(alert, now))
        tree = RegionTree(await self.regions.all())
        groups = group_infos(alert, self.scale.of, tree)
        area = _union(groups)
        authorise(issuer, alert, area, tree)
        earlier = await self._earlier(alert)
        record = self._record(issuer, alert, body, digest, _Lineage(groups, earlier, reason))
        stops = [item.public_id for item in earlier if record.msg_type is not MsgType.ALERT]
        references = [
            public_id(item.sender, item.identifier, item.sent) for item in alert.references
        ]
        written = await self.alerts.accept(record, references, actor=issuer.name, stops=stops)
        await self.bus.announce(PLAN_TOPIC)
        return Accepted(_same(written, alert, digest), new=written.id == record.id)

    async def _earlier(self, alert: Alert) -> Sequence[AlertRecord]:
        """Return every alert of the warnings that this one refers to, oldest first."""
        found: dict[int, AlertRecord] = {}
        for reference in alert.references:
            record = await self.alerts.same_identity(reference.sender, reference.identifier)
            if record is not None:
                authorise_lineage(alert, record)
                for item in await self.alerts.chain(record.warning_id):
                    found[item.id] = item
        if alert.msg_type is MsgType.CANCEL and not found:
            raise AlertError(
                [Fault("lineage.unknown", "it cancels no alert known here", "references")]
            )
        return [found[key] for key in sorted(found)]

    def _record(
        self, issuer: IssuerRecord, alert: Alert, body: Body, digest: bytes, lineage: "_Lineage"
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
            content_hash=digest,
            msg_type=alert.msg_type,
            level=level.code,
            rank=level.rank,
            state=AlertState.ACCEPTED,
            reason=lineage.reason,
            document=to_xml(alert),
            received=body.content,
            content_type=body.content_type,
            received_at=now,
            expires=_expiry(alert, lineage.earlier, now, level),
        )


@dataclass(frozen=True, slots=True)
class _Lineage:
    groups: Sequence[Group]
    earlier: Sequence[AlertRecord]
    reason: str

    def level(self, scale: LevelScale) -> Level:
        """Return the gravest level it states, else that of the gravest alert it ends."""
        if self.groups:
            return min((group.level for group in self.groups), key=lambda level: level.rank)
        return scale[min(self.earlier, key=lambda record: record.rank).level]


def content_hash(alert: Alert) -> bytes:
    """Return SHA-256 over the canonical model, so that two writings of one alert are the same."""
    return hashlib.sha256(orjson.dumps(to_json(alert), option=orjson.OPT_SORT_KEYS)).digest()


def _same(record: AlertRecord, alert: Alert, digest: bytes) -> AlertRecord:
    if record.content_hash != digest:
        raise ConflictError(
            f"{alert.sender} has issued {alert.identifier!r} with other content; "
            "a changed alert needs a new identifier and msgType Update"
        )
    return record


def _refuse(faults: Sequence[Fault]) -> None:
    broken = [fault for fault in faults if fault.level == "error"]
    if broken:
        raise AlertError(broken)


def _union(groups: Sequence[Group]) -> BaseGeometry | None:
    return shapely.union_all([group.area for group in groups]) if groups else None


def _expiry(alert: Alert, earlier: Sequence[AlertRecord], now: datetime, level: Level) -> datetime:
    stated = [info.expires for info in alert.infos if info.expires]
    if stated:
        return max(stated)
    # A Cancel without a time of its own is worth telling as long as what it cancels was.
    ends = [item.expires for item in earlier if item.expires > now]
    return max(ends, default=now + level.expires_after)
