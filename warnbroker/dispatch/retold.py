"""Those who were told of an earlier alert of the same warning, among those told now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from warnbroker.contracts.store import DeliveryStore
from warnbroker.dispatch.rows import Row
from warnbroker.model.suppression import WISHES


@dataclass(frozen=True, slots=True)
class Retold:
    """Words an Update for each person by what they were told last; ``earlier`` are alerts' ids."""

    deliveries: DeliveryStore
    earlier: Sequence[int]

    async def of(self, page: Sequence[Row]) -> Sequence[Row]:
        """Return the rows as they are for those who know something already, and for the rest.

        Whoever was told gets the correction, whatever they have wished for since.
        """
        wanted = [
            (row.delivery.channel, row.delivery.address_id)
            for row in page
            if row.delivery.address_id is not None
        ]
        if not (self.earlier and wanted):
            return page
        told = await self.deliveries.last_told(self.earlier, wanted)
        return [
            replace(row, delivery=replace(row.delivery, in_spite_of=WISHES))
            if (row.delivery.channel, row.delivery.address_id) in told
            else row
            for row in page
        ]
