"""Accept an alert: right, permitted, new; then it is in the ledger and nothing can lose it."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from warnbroker.cap.document import quote
from warnbroker.contracts.bus import PLAN_TOPIC, Bus
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import AlertStore, RegionStore
from warnbroker.errors import ConflictError, Fault, StaleError
from warnbroker.failpoints import Point, reach
from warnbroker.intake.authority import Remit, authorise, authorise_sender
from warnbroker.intake.gates import Gates
from warnbroker.intake.lineage import Lineage, authorise_changes, lineage_of, stated_reason
from warnbroker.intake.release.begin import begun, is_kept, repeat_of
from warnbroker.intake.release.chain import ReleasePolicy, person_of
from warnbroker.intake.scope import ScopeRules, require_two
from warnbroker.intake.signatures import Signatures
from warnbroker.intake.sound import Sound, broken_rules, content_hash, fingerprint, sound
from warnbroker.metrics import ALERTS
from warnbroker.model.actor import Actor
from warnbroker.model.alert import Alert
from warnbroker.model.decision import Act, Decision
from warnbroker.model.fan_out import PUBLIC_DRILL_FLOW, asks_for_public_drill, is_internal
from warnbroker.model.identity import alert_public_id
from warnbroker.model.record import AlertRecord, AlertState, IssuerRecord
from warnbroker.targeting import RegionTree

LONG = 32 * 1024
"""Bytes from which a body is read and judged beside the event loop."""

LOOKS = 8
"""How often an alert is judged anew while what it would end keeps changing."""


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes an alert came as, and the address that they came from."""

    content: bytes
    content_type: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The alert in the ledger; ``new`` is false where it had been accepted before.

    ``warnings`` say what it should have said otherwise.
    """

    record: AlertRecord
    new: bool
    warnings: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An alert as the ledger would hold it, with what is known of it."""

    record: AlertRecord
    lineage: Lineage
    judged: Sound
    advice: Sequence[Fault] = ()

    @property
    def warnings(self) -> Sequence[Fault]:
        """Return what the alert should say otherwise, though it may be published."""
        return *self.judged.warnings, *self.advice, *self.lineage.faults


@dataclass(frozen=True, slots=True)
class Intake:
    """The only way an alert comes in."""

    alerts: AlertStore
    regions: RegionStore
    remit: Remit
    bus: Bus
    clock: Clock
    ids: Iterator[int]
    policy: ReleasePolicy
    scope: ScopeRules
    gates: Gates
    signatures: Signatures = field(default_factory=Signatures)

    async def accept(
        self,
        issuer: IssuerRecord,
        alert: Alert,
        body: Body,
        *,
        reason: str = "lifted",
        flow: str = "",
    ) -> Accepted:
        """Write an alert to the ledger, where it waits for people or goes out at once.

        ``reason`` is what a Cancel says of itself: ``error`` or ``lifted``. ``flow`` is the
        way to release that it takes, empty for the configured one.

        Raises:
            AlertError: it breaks rules; all of them are named.
            ForbiddenError: the issuer may not send it.
            UnsignedError: its signature is not as its sender's policy asks.
            SigningError: a key is configured and it cannot be signed.
            ConflictError: its identity is taken by other content.
            StaleError: what it would end changed at every look.
        """
        for look in range(1, LOOKS + 1):
            found = await self.examine(issuer, alert, body, reason=reason, flow=flow)
            if isinstance(found, AlertRecord):
                return Accepted(found, new=False)
            try:
                return await self._write(issuer, found, body)
            except StaleError:
                # Released meanwhile: what it ends now may ask for another person.
                if look == LOOKS:
                    raise
        raise AssertionError("the last look returns or raises")

    async def _write(self, issuer: IssuerRecord, found: Draft, body: Body) -> Accepted:
        record, lineage = found.record, found.lineage
        written = await self.alerts.accept(
            record,
            lineage.references,
            actor=Actor(issuer.name, body.origin),
            composed=_composed(record, issuer, body.origin),
            repeat=repeat_of(record, self.policy),
            judged=lineage.stops,
        )
        reach(Point.ALERT_ACCEPTED)
        if written.state.is_released:
            await self.bus.announce(PLAN_TOPIC)
        if written.id == record.id:
            ALERTS.labels(record.level, record.msg_type).inc()
        return Accepted(
            _same(written, record.content_hash),
            new=written.id == record.id,
            warnings=found.warnings,
        )

    def judge(self, alert: Alert, unread: Collection[str]) -> Sequence[Fault]:
        """Return what is wrong with the rest of a message that could not be read whole."""
        return broken_rules(alert, self.clock.now(), self.gates, unread)

    async def examine(
        self,
        issuer: IssuerRecord,
        alert: Alert,
        body: Body,
        *,
        reason: str = "lifted",
        flow: str = "",
    ) -> Draft | AlertRecord:
        """Return what would be written, or what was accepted before; raises as ``accept`` does."""
        authorise_sender(issuer, alert, self.remit)
        known = await self.alerts.same_identity(alert.sender, alert.identifier)
        if known is not None:
            return _same(known, content_hash(alert))
        tree = RegionTree(await self.regions.all())
        judge = partial(sound, alert, tree, self.clock.now(), self.gates)
        is_long = len(body.content) >= LONG
        judged = await asyncio.to_thread(judge) if is_long else judge()
        authorise(issuer, alert, judged.area, tree, self.remit)
        advice = await self.scope.judge(alert, tree)
        now, content = self.clock.now(), body.content
        signature = await self.signatures.judge(alert, content, body.content_type, now)
        signature.enforce()
        lineage = await self._lineage(issuer, alert, tree)
        flow = PUBLIC_DRILL_FLOW if asks_for_public_drill(alert) else flow
        record = replace(self._record(issuer, body, lineage, judged, reason), flow=flow)
        require_two(record, self.policy)
        document = await self.signatures.outgoing(signature, content, judged.document, now)
        record = replace(record, document=document, signature=signature.text)
        ends = lineage.ends(self.remit.scale)
        record = begun(record, self.policy, record.received_at, ends.code if ends else "")
        return Draft(record, lineage, judged, advice)

    async def _lineage(self, issuer: IssuerRecord, alert: Alert, tree: RegionTree) -> Lineage:
        # A message between systems, such as a Draft, refers to what it does not change.
        if is_kept(alert.status, alert.msg_type):
            return Lineage(alert, ())
        lineage = await lineage_of(alert, self.alerts, self.clock.now())
        authorise_changes(issuer, lineage, self.remit, tree)
        return lineage

    def _record(
        self, issuer: IssuerRecord, body: Body, lineage: Lineage, judged: Sound, reason: str
    ) -> AlertRecord:
        now, alert = self.clock.now(), lineage.alert
        level = lineage.level(judged, self.remit.scale)
        return AlertRecord(
            id=next(self.ids),
            public_id=alert_public_id(alert),
            warning_id=lineage.warning_id,
            authority_id=issuer.authority_id,
            issuer_id=issuer.id,
            sender=alert.sender,
            identifier=alert.identifier,
            sent=alert.sent,
            content_hash=judged.digest,
            msg_type=alert.msg_type,
            level=level.code,
            rank=level.rank,
            state=AlertState.ACCEPTED,
            reason=stated_reason(alert) or reason,
            document=judged.document,
            received=body.content,
            content_type=body.content_type,
            received_at=now,
            expires=lineage.expires(now, level),
            status=alert.status,
            scope=alert.scope,
            internal=is_internal(alert),
            fingerprint=fingerprint(alert),
            area=lineage.area(judged),
        )


def _composed(record: AlertRecord, issuer: IssuerRecord, origin: str) -> Decision:
    return Decision(
        alert_id=record.id,
        act=Act.COMPOSE,
        issuer_id=issuer.id,
        person=person_of(issuer),
        at=record.received_at,
        origin=origin,
    )


def _same(record: AlertRecord, digest: bytes) -> AlertRecord:
    if record.content_hash != digest:
        raise ConflictError(
            f"{quote(record.sender)} has issued {quote(record.identifier)} with other content or "
            "at another time; a changed alert needs a new identifier and msgType Update"
        )
    return record
