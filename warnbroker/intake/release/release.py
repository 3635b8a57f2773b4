"""Decide about alerts that wait: approve, reject, withdraw, override, countersign, admit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import shapely
from shapely.geometry.base import BaseGeometry

from warnbroker.cap import parse_xml
from warnbroker.contracts.audience import HeadCount
from warnbroker.contracts.bus import PLAN_TOPIC, Bus
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.decisions import DecisionStore
from warnbroker.contracts.store import AlertStore, IssuerStore, RegionStore
from warnbroker.errors import ForbiddenError
from warnbroker.intake.authority import Remit, authorise, authorise_decision
from warnbroker.intake.release.chain import ReleasePolicy, Step, person_of
from warnbroker.intake.release.confirmation import NOTHING, Confirmation, Named, area_words
from warnbroker.intake.release.rulings import Deciding, judge_of
from warnbroker.model.actor import Actor
from warnbroker.model.alert import Alert
from warnbroker.model.decision import Act, Decision
from warnbroker.model.record import AlertRecord, IssuerRecord
from warnbroker.targeting import RegionTree

_CONFIRMED = frozenset({Act.APPROVE, Act.OVERRIDE})
_RELEASING = frozenset({Act.APPROVE, Act.OVERRIDE, Act.ADMIT})


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody says with a decision; ``step`` is the step that they saw as the next."""

    confirmation: Confirmation = NOTHING
    reason: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """An alert's way to release, and how far it has come."""

    record: AlertRecord
    steps: Sequence[Step]
    following: Step | None
    decisions: Sequence[Decision]

    @property
    def waiting_since(self) -> datetime:
        """Return when the last thing happened to it."""
        return self.decisions[-1].at if self.decisions else self.record.received_at


@dataclass(frozen=True, slots=True)
class Release:
    """What people decide; each decision is one transaction of the ledger."""

    alerts: AlertStore
    decisions: DecisionStore
    issuers: IssuerStore
    regions: RegionStore
    policy: ReleasePolicy
    remit: Remit
    heads: HeadCount
    bus: Bus
    clock: Clock

    async def decide(
        self, act: Act, record: AlertRecord, by: IssuerRecord, words: Words, *, origin: str = ""
    ) -> AlertRecord:
        """Carry a decision out and return the alert as it is then.

        Raises:
            ForbiddenError: they may not decide this.
            ConfirmationError: the reason or the typed confirmation is wrong.
            DecisionError: the alert is at no point at which that can be decided.
        """
        deciding = await self._prepared(
            Deciding(
                act=act, by=by, at=self.clock.now(), origin=origin, reason=words.reason.strip(),
                step=words.step, given=words.confirmation,
            ),
            record,
        )  # fmt: skip
        judge = judge_of(deciding, self.policy)
        actor = Actor(by.name, origin)
        decided = await self.decisions.decide(record.id, judge, actor=actor, at=deciding.at)
        if decided.state.is_released:
            await self.bus.announce(PLAN_TOPIC)
        return decided

    async def course(self, record: AlertRecord) -> Course:
        """Return an alert's way to release, as far as it has come."""
        decisions = await self.decisions.of(record.id)
        return Course(
            record=record,
            steps=self.policy.steps(record),
            following=self.policy.next_step(record, decisions) if record.state.is_open else None,
            decisions=decisions,
        )

    async def counted(self, record: AlertRecord) -> AlertRecord:
        """Return an alert with the number of its people, which is counted once and kept."""
        if record.people is not None:
            return record
        return await self.alerts.counted(record.id, await self.heads.people(record))

    async def confirmation(self, record: AlertRecord) -> Named:
        """Return what a person must name who lets an alert go."""
        spoken_of = [_parsed(record)]
        if not any(info.areas for info in spoken_of[0].infos):
            chain = await self.alerts.chain(record.warning_id)
            spoken_of += [_parsed(item) for item in reversed(chain) if item.id != record.id]
        return Named(record.status, record.level, area_words(spoken_of), record.people)

    async def _prepared(self, deciding: Deciding, record: AlertRecord) -> Deciding:
        """Look up what a judge inside a transaction cannot."""
        alert = _parsed(record)
        tree = RegionTree(await self.regions.all())
        area = shapely.from_wkb(record.area) if record.area else None
        found = replace(deciding, barred=_barred(deciding.by, alert, area, tree, self.remit))
        if deciding.act in _RELEASING:
            composer = await self.issuers.get(record.issuer_id)
            found = replace(found, objection=_objection(composer, alert, area, tree, self.remit))
        if not record.state.is_open or deciding.act not in _CONFIRMED:
            return found
        if deciding.act is Act.APPROVE and not deciding.step:
            following = self.policy.next_step(record, await self.decisions.of(record.id))
            found = replace(found, step=following.name if following else "")
        if self.policy.confirm:
            expected = await self.confirmation(await self.counted(record))
            found = replace(found, expected=expected)
        return found


def _barred(
    by: IssuerRecord, alert: Alert, area: BaseGeometry | None, tree: RegionTree, remit: Remit
) -> str:
    """Say why somebody is not competent to decide about an alert, nothing where they are."""
    try:
        authorise_decision(by, alert, area, tree, remit)
    except ForbiddenError as error:
        return str(error)
    return ""


def _objection(
    composer: IssuerRecord, alert: Alert, area: BaseGeometry | None, tree: RegionTree, remit: Remit
) -> str:
    """Say why the issuer might not issue it any more, nothing where they might."""
    try:
        authorise(composer, alert, area, tree, remit)
    except ForbiddenError as error:
        return f"{person_of(composer)} might not issue it any more: {error}"
    return ""


def _parsed(record: AlertRecord) -> Alert:
    return parse_xml(record.document, limit=len(record.document) + 1)
