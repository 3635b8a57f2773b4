"""What an alert changes: the earlier messages that it refers to, and may end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from warnbroker.cap import parse_xml
from warnbroker.contracts.store import AlertStore
from warnbroker.errors import AlertError, Fault
from warnbroker.intake.authority import authorise, authorise_lineage
from warnbroker.intake.sound import Sound, area_of
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType
from warnbroker.model.identity import alert_public_id, public_id
from warnbroker.model.level import Level, LevelScale
from warnbroker.model.record import AlertRecord, IssuerRecord
from warnbroker.targeting import RegionTree, group_infos


@dataclass(frozen=True, slots=True)
class Lineage:
    """The earlier alerts of the warnings that an alert refers to, oldest first."""

    alert: Alert
    earlier: Sequence[AlertRecord]

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
        if self.alert.msg_type is MsgType.ALERT:
            return []
        return [item.public_id for item in self.earlier]

    def level(self, judged: Sound, scale: LevelScale) -> Level:
        """Return the gravest level it states, else that of the gravest alert it ends."""
        if judged.groups:
            return min((group.level for group in judged.groups), key=lambda level: level.rank)
        return scale[min(self.earlier, key=lambda record: record.rank).level]

    def expires(self, now: datetime, level: Level) -> datetime:
        """Return when the alert ends."""
        stated = [info.expires for info in self.alert.infos if info.expires]
        if stated:
            return max(stated)
        # A Cancel without a time of its own is worth telling as long as what it cancels was.
        ends = [item.expires for item in self.earlier if item.expires > now]
        return max(ends, default=now + level.expires_after)


async def lineage_of(alert: Alert, alerts: AlertStore) -> Lineage:
    """Find what an alert refers to.

    Raises:
        AlertError: it cancels nothing that is known here.
        ForbiddenError: what it changes is of another sender.
    """
    found: dict[int, AlertRecord] = {}
    for reference in dict.fromkeys(alert.references):
        record = await alerts.same_identity(reference.sender, reference.identifier)
        if record is not None and record.id not in found:
            authorise_lineage(alert, record)
            for item in await alerts.chain(record.warning_id):
                found[item.id] = item
    if alert.msg_type is MsgType.CANCEL and not found:
        raise AlertError([Fault("lineage.unknown", "it cancels no alert known here", "references")])
    return Lineage(alert, [found[key] for key in sorted(found)])


def authorise_changes(
    issuer: IssuerRecord, lineage: Lineage, scale: LevelScale, tree: RegionTree
) -> None:
    """Let somebody end another's alert only if they might have issued it.

    Raises:
        ForbiddenError: they might not.
    """
    for earlier in lineage.earlier:
        if earlier.issuer_id != issuer.id and (issuer.jurisdictions or issuer.hazards):
            alert = parse_xml(earlier.document, limit=len(earlier.document) + 1)
            authorise(issuer, alert, area_of(group_infos(alert, scale.of, tree)), tree)
