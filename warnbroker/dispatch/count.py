"""How many people an alert is for, counted by the planner itself."""

from dataclasses import dataclass

from warnbroker.dispatch.plan import Planner
from warnbroker.model.record import AlertRecord


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts whom the planner would tell: of a drill, those that hear drills."""

    planner: Planner

    async def people(self, record: AlertRecord) -> int:
        """Return how many subscribers would be told, each counted once; nothing is written."""
        draft = await self.planner.publisher.sketch(record)
        found: set[int] = set()
        async for page in self.planner.rows(record, draft):
            found.update(row.person.subscriber_id for row in page if row.person is not None)
        return len(found)
