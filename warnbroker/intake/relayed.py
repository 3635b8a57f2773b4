"""Take alerts of other platforms: republish all but five kinds, tell people what surely holds."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from warnbroker.cap import to_xml
from warnbroker.cap.document import quote
from warnbroker.cap.relay import Cause, Relayed, defect, read_relayed
from warnbroker.contracts.bus import PLAN_TOPIC, Bus
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import AlertStore, RegionStore, Repeat
from warnbroker.errors import AlertError, Fault, ForbiddenError, StaleError
from warnbroker.intake.accept import LONG, LOOKS, Accepted, Body
from warnbroker.intake.authority import Remit, authorise_decision, require_role
from warnbroker.intake.lineage import CHANGES, LIFTED, Lineage, lineage_of, stated_reason
from warnbroker.intake.placing import Placed, place_relayed
from warnbroker.intake.release.begin import begun
from warnbroker.intake.release.chain import ReleasePolicy
from warnbroker.intake.signatures import Judgement, Signatures
from warnbroker.intake.sound import Sound, content_hash, fingerprint
from warnbroker.metrics import ALERTS
from warnbroker.model.actor import Actor
from warnbroker.model.alert import Alert
from warnbroker.model.authority import SignaturePolicy
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.fan_out import is_internal
from warnbroker.model.identity import public_id
from warnbroker.model.record import AlertRecord, AlertState, IssuerRecord
from warnbroker.targeting import RegionTree

ROLE = "relay"
"""The role of a platform's key."""

KEPT_DEFECTS = 300


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """What is taken in; ``body`` and ``resource`` are in bytes, ``reissue`` 0 means never."""

    body: int
    resource: int
    reissue: timedelta


@dataclass(frozen=True, slots=True)
class RelayIntake:
    """The way in for alerts of other platforms."""

    alerts: AlertStore
    regions: RegionStore
    remit: Remit
    bus: Bus
    clock: Clock
    ids: Iterator[int]
    policy: ReleasePolicy
    signatures: Signatures
    limits: RelayLimits

    async def accept(self, platform: IssuerRecord, body: Body) -> Sequence[Accepted]:
        """Write every alert of a message to the ledger; publish those with no cause against it.

        One transaction for each alert: what was written before a crash is found again by the
        next post of the same message.

        Raises:
            ForbiddenError: the key is no platform's, or may not send as that sender.
            TooLargeError: the body exceeds its limit.
            SigningError: a key is configured and an alert cannot be signed.
        """
        require_role(platform, ROLE)
        read = partial(
            read_relayed, body.content, self.limits.body, largest_resource=self.limits.resource
        )
        is_long = len(body.content) >= LONG
        found = await asyncio.to_thread(read) if is_long else read()
        for item in found:
            _require_sender(platform, item)
        accepted = [await self._accept(platform, item, body) for item in found]
        if any(item.record.state.is_released for item in accepted):
            await self.bus.announce(PLAN_TOPIC)
        return accepted

    async def _accept(self, platform: IssuerRecord, item: Relayed, body: Body) -> Accepted:
        alert = item.alert
        if alert is None:
            return await self._withhold(platform, item, body, item.cause or Cause.NOT_XML)
        known = await self.alerts.same_identity(alert.sender, alert.identifier)
        if known is not None:
            return await self._again(platform, known, alert, item, body)
        signature = await self._signature(alert, item, body)
        if signature.fault and signature.policy is SignaturePolicy.REQUIRE:
            told = replace(
                item, detail=signature.fault.message, defects=(*item.defects, signature.fault)
            )
            return await self._withhold(platform, told, body, Cause.SIGNATURE)
        for look in range(1, LOOKS + 1):
            record, lineage = await self._judged(platform, alert, item, body, signature)
            try:
                accepted = await self._write(platform, record, body, lineage)
                break
            except StaleError:
                if look == LOOKS:
                    raise
        if accepted.new or accepted.record.content_hash == record.content_hash:
            return accepted
        # Another post was faster, and has taken the identity for other content.
        return await self._again(platform, accepted.record, alert, item, body)

    async def _again(
        self,
        platform: IssuerRecord,
        known: AlertRecord,
        alert: Alert,
        item: Relayed,
        body: Body,
    ) -> Accepted:
        """Answer for an identity that the ledger has: the same alert, or other content."""
        if known.content_hash == content_hash(alert):
            return Accepted(known, new=False)
        detail = "this sender has used this identifier for other content"
        return await self._withhold(platform, replace(item, detail=detail), body, Cause.REISSUE)

    async def _signature(self, alert: Alert, item: Relayed, body: Body) -> Judgement:
        return await self.signatures.judge(
            alert, item.content, body.content_type, self.clock.now(), self._first
        )

    def _first(self, content: bytes, limit: int) -> Alert:
        """Read back what a signature covers, as the message itself was read."""
        read = read_relayed(content, limit, largest_resource=self.limits.resource)
        found = read[0]
        if found.alert is None:
            raise ForbiddenError(found.detail)
        return found.alert

    async def _judged(
        self, platform: IssuerRecord, alert: Alert, item: Relayed, body: Body, signature: Judgement
    ) -> tuple[AlertRecord, Lineage]:
        now = self.clock.now()
        tree = RegionTree(await self.regions.all())
        placed = await asyncio.to_thread(
            place_relayed, alert, item.defects, self.remit.scale, tree, now
        )
        lineage = await self._lineage(alert, now)
        document = await asyncio.to_thread(to_xml, alert)
        sound = Sound(content_hash(alert), placed.groups, document)
        level = lineage.level(sound, self.remit.scale)
        expires = lineage.expires(now, level)
        against = self._against(platform, alert, placed, tree)
        against += [signature.fault, defect("relay.signature")] if signature.fault else []
        against += [defect("relay.expired")] if expires <= now else []
        record = replace(
            self._row(platform, alert.sender, alert.identifier, alert.sent, item, now),
            warning_id=lineage.warning_id,
            content_hash=sound.digest,
            msg_type=alert.msg_type,
            level=level.code,
            rank=level.rank,
            reason=_reason(alert),
            document=await self.signatures.outgoing(signature, item.content, document, now),
            expires=expires,
            status=alert.status,
            scope=alert.scope,
            internal=is_internal(alert),
            fingerprint=fingerprint(alert),
            area=b"" if against or placed.area.is_empty else bytes(placed.area.wkb),
            flow=self.policy.relay_flow,
            defects=_register([*placed.defects, *lineage.faults, *against]),
            signature=signature.text,
            content_type=body.content_type,
        )
        return self._begun(record, lineage, now), lineage

    def _against(
        self, platform: IssuerRecord, alert: Alert, placed: Placed, tree: RegionTree
    ) -> list[Fault]:
        """Say what a platform's key does not cover: that is published, and told to nobody."""
        limits = replace(platform, authority="", on_behalf=())
        area = None if placed.area.is_empty else placed.area
        try:
            authorise_decision(limits, alert, area, tree, self.remit)
        except ForbiddenError as error:
            return [defect("relay.platform", platform=platform.name, why=str(error))]
        return []

    def _begun(self, record: AlertRecord, lineage: Lineage, now: datetime) -> AlertRecord:
        """Let out what surely is Actual and Public; the rest is kept and never leaves."""
        if not record.standing.is_public:
            return replace(record, state=AlertState.RECORDED)
        ends = lineage.ends(self.remit.scale)
        return begun(record, self.policy, now, ends.code if ends else "")

    async def _lineage(self, alert: Alert, now: datetime) -> Lineage:
        """Find what an alert changes: never one of our own issuers', whoever it claims to be."""
        own = []
        for reference in dict.fromkeys(alert.references):
            known = await self.alerts.same_identity(reference.sender, reference.identifier)
            if known is not None and not known.relayed:
                own.append(reference)
        kept = tuple(item for item in alert.references if item not in own)
        lineage = await lineage_of(replace(alert, references=kept), self.alerts, now, relayed=True)
        faults = [
            defect("relay.references.own", "references", shown=quote(item.identifier))
            for item in own
            if alert.msg_type in CHANGES
        ]
        return replace(lineage, faults=[*lineage.faults, *faults])

    async def _write(
        self,
        platform: IssuerRecord,
        record: AlertRecord,
        body: Body,
        lineage: Lineage | None = None,
    ) -> Accepted:
        written = await self.alerts.accept(
            record,
            lineage.references if lineage else (),
            actor=Actor(platform.name, body.origin),
            repeat=self._repeat(record),
            judged=lineage.stops if lineage else None,
        )
        new = written.id == record.id
        if new:
            ALERTS.labels(written.level, written.msg_type).inc()
        return Accepted(written, new=new)

    def _repeat(self, record: AlertRecord) -> Repeat | None:
        """Return what becomes of an Alert that says what another said: it is withheld."""
        if record.msg_type is not MsgType.ALERT or not self.limits.reissue:
            return None
        if record.state in {AlertState.RECORDED, AlertState.WITHHELD}:
            return None
        held = replace(
            record, state=AlertState.WITHHELD, reason=Cause.REISSUE, released_at=None,
            remind_at=None, escalate_at=None, area=b"",
        )  # fmt: skip
        return Repeat(record.received_at - self.limits.reissue, held)

    async def _withhold(
        self, platform: IssuerRecord, item: Relayed, body: Body, cause: Cause
    ) -> Accepted:
        """Keep what may not be republished, under a name that takes nobody's identity."""
        now = self.clock.now()
        digest = hashlib.sha256(item.content).digest()
        name = f"withheld:{digest.hex()[:32]}"
        known = await self.alerts.same_identity(item.sender, name)
        if known is not None:
            return Accepted(known, new=False)
        alert = item.alert
        least = max(self.remit.scale.levels, key=lambda level: level.rank)
        stated = f" ({item.identifier})" if item.identifier else ""
        reason = Fault(f"relay.withheld.{cause}", f"{item.detail}{stated}")
        record = replace(
            self._row(platform, item.sender, name, alert.sent if alert else now, item, now),
            content_hash=digest,
            level=least.code,
            rank=least.rank,
            reason=cause,
            expires=now + least.expires_after,
            status=alert.status if alert else Status.DRAFT,
            scope=alert.scope if alert else Scope.PRIVATE,
            msg_type=alert.msg_type if alert else MsgType.ERROR,
            defects=_register([reason, *item.defects]),
            content_type=body.content_type,
        )
        return await self._write(platform, record, body)

    def _row(
        self,
        platform: IssuerRecord,
        sender: str,
        identifier: str,
        sent: datetime,
        item: Relayed,
        now: datetime,
    ) -> AlertRecord:
        name = public_id(sender, identifier, sent)
        least = max(self.remit.scale.levels, key=lambda level: level.rank)
        return AlertRecord(
            id=next(self.ids),
            public_id=name,
            warning_id=name,
            authority_id=platform.authority_id,
            issuer_id=platform.id,
            sender=sender,
            identifier=identifier,
            sent=sent,
            content_hash=b"",
            msg_type=MsgType.ERROR,
            level=least.code,
            rank=least.rank,
            state=AlertState.WITHHELD,
            reason="",
            document=b"",
            received=item.content,
            content_type="",
            received_at=now,
            expires=now,
            relayed=True,
        )


def _require_sender(platform: IssuerRecord, item: Relayed) -> None:
    if platform.sender and item.sender and item.sender != platform.sender:
        shown = quote(item.sender)
        raise ForbiddenError(f"{platform.name} may send only as {platform.sender}, not {shown}")


def _reason(alert: Alert) -> str:
    try:
        return stated_reason(alert) or LIFTED
    except AlertError:
        return LIFTED


def _register(defects: Sequence[Fault]) -> Sequence[dict[str, object]]:
    """Return the register as the ledger keeps it; what keeps people from being told comes first."""
    # A bare list of the gravest must survive the cut, or an unplaced area would look placed.
    order = sorted(defects, key=lambda fault: not fault.rule.startswith("relay.area.unplaced"))
    return [
        {key: value for key, value in asdict(fault).items() if value not in (None, "")}
        for fault in order[:KEPT_DEFECTS]
    ]
