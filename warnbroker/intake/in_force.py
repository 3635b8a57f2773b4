"""Warnings as the public sees them: chains of alerts, read from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import shapely
from shapely.geometry.base import BaseGeometry

from warnbroker.cap import parse_xml
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.public import PublicAlert, PublicWarning, WarningState
from warnbroker.contracts.store import AlertStore, RegionStore
from warnbroker.errors import AlertError
from warnbroker.intake.lineage import ERROR
from warnbroker.log import log
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType
from warnbroker.model.event import Event
from warnbroker.model.level import LevelScale
from warnbroker.model.record import AlertRecord
from warnbroker.model.region import Region
from warnbroker.targeting import RegionTree, group_infos

KEPT = 1000


@dataclass(slots=True)
class WarningsInForce:
    """Reads chains; what an alert says is parsed once."""

    alerts: AlertStore
    region_store: RegionStore
    scale: LevelScale
    clock: Clock
    _read: dict[int, PublicAlert] = field(default_factory=dict)

    async def in_force(self, now: datetime) -> Sequence[PublicWarning]:
        """Return the warnings in force, and cancelled ones until their Cancel expires."""
        newest = await self.alerts.in_force(now)
        ids = dict.fromkeys(record.warning_id for record in newest if record.is_public)
        found = [await self._chain(warning_id, now) for warning_id in ids]
        return sorted(
            (warning for warning in found if warning),
            key=lambda warning: (not warning.state.holds, warning.level.rank, warning.published),
        )

    async def get(self, warning_id: str) -> PublicWarning | None:
        """Return a warning by its id, or by the id of any of its alerts; None if unknown."""
        record = await self.alerts.find(warning_id)
        if record is None or not record.is_public:
            return None
        return await self._chain(record.warning_id, self.clock.now())

    async def regions(self) -> Sequence[Region]:
        """Return the whole region tree."""
        return await self.region_store.all()

    async def _chain(self, warning_id: str, now: datetime) -> PublicWarning | None:
        records = [item for item in await self.alerts.chain(warning_id) if item.is_public]
        if not records:
            return None
        tree = RegionTree(await self.region_store.all())
        alerts = tuple(self._public(record, tree) for record in records)
        speaking = next((item for item in reversed(alerts) if not item.area.is_empty), alerts[-1])
        return PublicWarning(
            id=warning_id,
            alerts=alerts,
            level=self.scale[records[-1].level],
            state=_state(records[-1], now, several=len(records) > 1),
            area=speaking.area,
            published=records[0].received_at,
        )

    def _public(self, record: AlertRecord, tree: RegionTree) -> PublicAlert:
        if record.id not in self._read:
            while len(self._read) >= KEPT:
                self._read.pop(next(iter(self._read)))
            alert = parse_xml(record.document, limit=len(record.document) + 1)
            self._read[record.id] = PublicAlert(
                id=record.public_id,
                msg_type=record.msg_type,
                sent=alert.sent,
                expires=record.expires,
                level=record.level,
                infos=alert.infos,
                area=self._area(record, alert, tree),
                is_mistake=record.msg_type is MsgType.CANCEL and record.reason == ERROR,
                note=alert.note,
            )
        return self._read[record.id]

    def _area(self, record: AlertRecord, alert: Alert, tree: RegionTree) -> BaseGeometry:
        if record.relayed or record.area:
            return shapely.from_wkb(record.area) if record.area else shapely.MultiPolygon()
        try:
            groups = group_infos(alert, self.scale.of, tree)
        except AlertError as error:
            # The regions have changed since it was accepted: its words still hold.
            log.error(Event.STEP_FAILED, step="place", alert=record.public_id, error=str(error))
            return shapely.MultiPolygon()
        return shapely.union_all([group.area for group in groups])


def _state(newest: AlertRecord, now: datetime, *, several: bool) -> WarningState:
    if newest.msg_type is MsgType.CANCEL:
        return WarningState.CANCELLED
    if newest.expires <= now:
        return WarningState.EXPIRED
    return WarningState.UPDATED if several else WarningState.IN_FORCE
