"""Who is told beside the public when an alert goes out: neighbours, the tier above, departments."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from warnbroker.cap import parse_xml
from warnbroker.contracts.notices import Notifier
from warnbroker.contracts.store import AlertStore, RegionStore
from warnbroker.errors import StoreError, WarnbrokerError
from warnbroker.log import log
from warnbroker.model.authority import Authorities, Authority
from warnbroker.model.event import Event
from warnbroker.model.hazard import Hazard, hazard_of
from warnbroker.model.level import LevelScale
from warnbroker.model.message import MessageKind
from warnbroker.model.record import AlertRecord
from warnbroker.targeting import RegionTree

TOUCHING_DEGREES = 1e-4
"""About ten metres: outlines drawn by hand rarely meet a border to the metre."""


@dataclass(frozen=True, slots=True)
class Informer:
    """Chooses the authorities and has them told; ``home`` is whose broker this is.

    An Update or Cancel goes to all whom any alert of the warning was for, as far as the
    settings still name them: whoever was told gets the correction.
    """

    alerts: AlertStore
    regions: RegionStore
    authorities: Authorities
    hazards: Sequence[Hazard]
    scale: LevelScale
    notifier: Notifier
    home: str = ""

    async def inform(self, record: AlertRecord) -> int:
        """Tell those concerned of an alert that goes out; return how many addresses.

        Only real, public alerts are told of. Doing it again adds nothing. A text that cannot
        be rendered is logged: it must not keep the alert from being planned.

        Raises:
            StoreError: the database refused.
        """
        if not record.is_public:
            return 0
        chain = [item for item in await self.alerts.chain(record.warning_id) if item.is_public]
        told = self.concerned(record, chain or [record], RegionTree(await self.regions.all()))
        try:
            return await self.notifier.tell(record, MessageKind.NOTICE, told)
        except StoreError:
            raise
        except WarnbrokerError as error:
            log.error(Event.STEP_FAILED, step="notice", alert=record.public_id, error=str(error))
            return 0

    def concerned(
        self, record: AlertRecord, chain: Iterable[AlertRecord], tree: RegionTree
    ) -> Sequence[Authority]:
        """Return the authorities to tell, each once, neighbours first."""
        own = self.authorities.of_sender(record.sender) or self.authorities.get(self.home)
        records = list(chain)
        areas = [shapely.from_wkb(item.area) for item in records if item.area]
        neighbours = list(self._neighbours(own, shapely.union_all(areas), tree))
        above = self.authorities.above(own.code) if own and neighbours else None
        codes = [item.code for item in neighbours]
        codes += [above.code] if above else []
        codes += [code for item in records for code in self._departments(item)]
        named = self.authorities.named(codes)
        return [item for item in named if own is None or item.code != own.code]

    def _neighbours(
        self, own: Authority | None, area: BaseGeometry, tree: RegionTree
    ) -> Iterator[Authority]:
        above = self._above(own)
        for authority in self.authorities:
            if authority is own or authority.code in above or not authority.regions:
                continue
            outlines = [found.geometry for c in authority.regions if (found := tree.get(c))]
            near = shapely.union_all(outlines).buffer(TOUCHING_DEGREES)
            if shapely.intersects(near, area):
                yield authority

    def _above(self, own: Authority | None) -> frozenset[str]:
        found: list[str] = []
        while own is not None and own.code not in found:
            found.append(own.code)
            own = self.authorities.above(own.code)
        return frozenset(found)

    def _departments(self, record: AlertRecord) -> Iterator[str]:
        """Yield the codes on the notification lists of an alert's hazards at their levels."""
        alert = parse_xml(record.document, limit=len(record.document) + 1)
        for info in alert.infos:
            hazard = hazard_of(info, self.hazards)
            if hazard is not None:
                yield from hazard.notify.get(self.scale.of(info).code, ())
