"""What an alert changes: the earlier messages that it refers to, and may end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import shapely
from shapely.geometry.base import BaseGeometry

from warnbroker.cap import parse_xml
from warnbroker.cap.document import quote
from warnbroker.contracts.store import AlertStore
from warnbroker.errors import AlertError, Fault
from warnbroker.intake.authority import Remit, authorise, authorise_lineage, is_limited
from warnbroker.intake.sound import Sound, area_of
from warnbroker.model.alert import Alert, Reference
from warnbroker.model.enums import MsgType
from warnbroker.model.fan_out import is_internal
from warnbroker.model.identity import alert_public_id, cap_time, public_id
from warnbroker.model.level import Level, LevelScale
from warnbroker.model.record import AlertRecord, IssuerRecord
from warnbroker.targeting import RegionTree, group_infos

CHANGES = frozenset({MsgType.UPDATE, MsgType.CANCEL})
REASON = "warnbroker:reason"
"""A parameter of a Cancel that says why: ``error`` or ``lifted``."""

REASONS = (LIFTED, ERROR) = ("lifted", "error")

_TEXTS: Mapping[str, tuple[str, str]] = {
    "lineage.unknown": (
        "{name} is not known here; look at the reference, or issue a new Alert",
        "{name} 在本系统中不存在；请核对引用，或另发新预警",
    ),
    "lineage.sent": (
        "{name} was sent at {sent}; refer to it by that time",
        "{name} 的发送时间为 {sent}；请按该时间引用",
    ),
    "lineage.pending": (
        "{name} waits for approval and has not left; withdraw it, or wait until it is released",
        "{name} 正在等待审批，尚未发布；请撤回，或待其发布后再引用",
    ),
    "lineage.unreleased": (
        "{name} never left ({state}); leave it out, or issue a new Alert",
        "{name} 从未发布（{state}）；请删去该引用，或另发新预警",
    ),
    "lineage.status": (
        "{name} is of status {status}; a message of another status cannot change it",
        "{name} 的状态为 {status}；不同状态的消息不能变更它",
    ),
    "lineage.scope": (
        "{name} is meant for others (scope {scope}); a message to another circle cannot change it",
        "{name} 的发布范围不同（{scope}）；发往其他范围的消息不能变更它",
    ),
    "lineage.stranger": (
        "{name} is of another sender; it is not changed",
        "{name} 属于其他发布单位；不予变更",
    ),
    "lineage.cancelled": (
        "{name} is cancelled already; issue a new Alert if there is danger again",
        "{name} 已被取消；如险情再现，请另发新预警",
    ),
    "lineage.expired": (
        "{name} has expired; issue a new Alert",
        "{name} 已过有效期；请另发新预警",
    ),
    "lineage.reason": (
        "{name} is no reason; say error or lifted",
        "{name} 不是有效的取消原因；请填 error（误发）或 lifted（解除）",
    ),
}


@dataclass(frozen=True, slots=True)
class Lineage:
    """The earlier alerts of the warnings that an alert changes, oldest first.

    ``faults`` are warnings: references that say nothing here, or not yet.
    """

    alert: Alert
    earlier: Sequence[AlertRecord]
    faults: Sequence[Fault] = ()

    @property
    def warning_id(self) -> str:
        """Return the id of the warning that the alert belongs to."""
        return self.earlier[0].warning_id if self.earlier else alert_public_id(self.alert)

    @property
    def references(self) -> Sequence[str]:
        """Return the public ids of all that it refers to, known here or not."""
        named = (
            public_id(item.sender, item.identifier, item.sent) for item in self.alert.references
        )
        return list(dict.fromkeys(named))

    @property
    def stops(self) -> Sequence[str]:
        """Return the public ids of the alerts that it ends."""
        return [item.public_id for item in self.earlier]

    def ends(self, scale: LevelScale) -> Level | None:
        """Return the gravest level that holds until it is changed, None where it ends nothing."""
        held = [item for item in self.earlier if item.stopped_at is None]
        return scale[min(held, key=lambda item: item.rank).level] if held else None

    def level(self, judged: Sound, scale: LevelScale) -> Level:
        """Return the gravest level it states, else that of the gravest alert it ends.

        A Cancel is never less grave than what it ends.
        """
        stated = [group.level for group in judged.groups]
        ended = self.ends(scale) if self.alert.msg_type is MsgType.CANCEL else None
        if stated:
            return min([*stated, *([ended] if ended else [])], key=lambda level: level.rank)
        if self.earlier:
            return scale[min(self.earlier, key=lambda record: record.rank).level]
        # It speaks of something that has not arrived: nothing says that it is grave.
        return max(scale.levels, key=lambda level: level.rank)

    def area(self, judged: Sound) -> bytes:
        """Return where it holds as WKB; a Cancel that nobody can place, where what it ends did."""
        if judged.wkb or self.alert.msg_type is not MsgType.CANCEL or not self.alert.infos:
            return judged.wkb
        return next((item.area for item in reversed(self.earlier) if item.area), b"")

    def expires(self, now: datetime, level: Level) -> datetime:
        """Return when the alert ends."""
        stated = [info.expires for info in self.alert.infos if info.expires]
        if stated:
            return max(stated)
        # A Cancel without a time of its own is worth telling as long as what it cancels was.
        ends = [item.expires for item in self.earlier if item.expires > now]
        return max(ends, default=now + level.expires_after)


async def lineage_of(
    alert: Alert, alerts: AlertStore, now: datetime, *, relayed: bool = False
) -> Lineage:
    """Find what an alert changes; only an Update or a Cancel changes anything.

    What another platform sends is not refused: references that do not count are warnings,
    and stay with the alert in case that they come to count.

    Raises:
        AlertError: it refers to what it cannot change, or a Cancel to nothing known here.
        ForbiddenError: what it changes is of another sender.
    """
    if alert.msg_type not in CHANGES:
        return Lineage(alert, ())
    faults: list[Fault] = []
    chains: dict[str, Sequence[AlertRecord]] = {}
    for reference in dict.fromkeys(alert.references):
        record = await alerts.same_identity(reference.sender, reference.identifier)
        fault = _fault(alert, reference, record, relayed=relayed)
        if fault is None and record is not None:
            chains[record.warning_id] = await alerts.chain(record.warning_id)
        faults += [fault] if fault else []
    alive, over = _alive(chains, now)
    faults += over
    if not relayed:
        _refuse(_as_errors(alert, faults, alone=not alive))
    return Lineage(
        alert,
        [item for chain in alive for item in chain],
        [replace(fault, level="warning") for fault in faults],
    )


def stated_reason(alert: Alert) -> str:
    """Return why a Cancel says that it ends a warning, empty where it does not say.

    Raises:
        AlertError: it gives a reason that there is not.
    """
    given = {text for info in alert.infos if (text := info.parameter(REASON))}
    if alert.msg_type is not MsgType.CANCEL or not given:
        return ""
    odd = sorted(given - set(REASONS))
    if odd:
        raise AlertError([fault_of("lineage.reason", quote(odd[0]), path=f"parameter {REASON}")])
    # Who calls anything about it a mistake must not leave people believing the rest.
    return ERROR if ERROR in given else LIFTED


def authorise_changes(
    issuer: IssuerRecord, lineage: Lineage, remit: Remit, tree: RegionTree
) -> None:
    """Let somebody end another's alert only if they might have issued it.

    Raises:
        ForbiddenError: they might not.
    """
    for earlier in lineage.earlier:
        if earlier.issuer_id != issuer.id and is_limited(issuer):
            alert = parse_xml(earlier.document, limit=len(earlier.document) + 1)
            authorise(issuer, alert, _area(earlier, alert, remit, tree), tree, remit)


def _area(record: AlertRecord, alert: Alert, remit: Remit, tree: RegionTree) -> BaseGeometry | None:
    """Return where an alert was accepted for; release 0.1 did not write that down."""
    if record.area:
        return shapely.from_wkb(record.area)
    return area_of(group_infos(alert, remit.scale.of, tree))


def fault_of(rule: str, name: str, *, path: str = "references", **values: object) -> Fault:
    """Return a fault of lineage in both languages."""
    english, chinese = (text.format(name=name, **values) for text in _TEXTS[rule])
    return Fault(rule, english, path, chinese=chinese)


def over_by(chain: Sequence[AlertRecord], now: datetime) -> Fault | None:
    """Return why nothing of a warning can be changed any more, None where something holds."""
    name = quote(chain[-1].identifier)
    if chain[-1].msg_type is MsgType.CANCEL:
        return fault_of("lineage.cancelled", name)
    if all(item.expires <= now for item in chain):
        return fault_of("lineage.expired", name)
    return None


def _fault(
    alert: Alert, reference: Reference, record: AlertRecord | None, *, relayed: bool
) -> Fault | None:
    """Return why a reference does not count."""
    name = quote(reference.identifier)
    if record is None:
        return fault_of("lineage.unknown", name)
    if record.sender != alert.sender and relayed:
        return fault_of("lineage.stranger", name)
    authorise_lineage(alert, record)
    if record.sent != reference.sent:
        return fault_of("lineage.sent", name, sent=cap_time(record.sent))
    if not record.state.is_released:
        rule = "lineage.pending" if record.state.is_open else "lineage.unreleased"
        return fault_of(rule, name, state=record.state)
    return _other_circle(alert, record, name)


def _other_circle(alert: Alert, record: AlertRecord, name: str) -> Fault | None:
    if record.status is not alert.status:
        return fault_of("lineage.status", name, status=record.status)
    if (record.scope, record.internal) != (alert.scope, is_internal(alert)):
        scope = "internal" if record.internal else record.scope
        return fault_of("lineage.scope", name, scope=scope)
    return None


def _alive(
    chains: Mapping[str, Sequence[AlertRecord]], now: datetime
) -> tuple[Sequence[Sequence[AlertRecord]], Sequence[Fault]]:
    """Part warnings into those that can still be changed, oldest first, and why others cannot."""
    alive, over = [], []
    for chain in sorted(chains.values(), key=lambda chain: chain[0].id):
        fault = over_by(chain, now)
        if fault is None:
            alive.append(chain)
        else:
            over.append(fault)
    return alive, over


def _as_errors(alert: Alert, faults: Iterable[Fault], *, alone: bool) -> Sequence[Fault]:
    """Return the faults that an issuer must mend; ``alone``: nothing else is changed.

    An Update of what is unknown still tells people something; a Cancel of it nothing.
    """
    lesser = {"lineage.unreleased", "lineage.cancelled", "lineage.expired"}
    excused = set() if alone else {*lesser, "lineage.unknown"}
    if alert.msg_type is MsgType.UPDATE:
        excused.add("lineage.unknown")
    return [fault for fault in faults if fault.rule not in excused]


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise AlertError(faults)
