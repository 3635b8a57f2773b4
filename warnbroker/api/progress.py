"""How far an alert has got: counts by channel and state, and whether it is settled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from warnbroker.api.people import PeopleCounts
from warnbroker.contracts.channel import Channel
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import DeliveryStore
from warnbroker.model.record import AlertRecord


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts deliveries."""

    deliveries: DeliveryStore
    channels: Mapping[str, Channel]
    clock: Clock
    people: PeopleCounts
    time_zone: str = "UTC"

    async def of(self, record: AlertRecord) -> dict[str, object]:
        """Return an alert's counts; ``notices`` are what offices were told beside the public.

        ``delayed`` says how many wait, and for what, and ``delayed_until`` when the last of them
        may go; ``people`` how many were reached how well, and ``escalation`` what was done for
        the others.

        ``unsettled`` counts deliveries that are neither in a terminal state nor past the
        time in which their receipt could come.
        """
        counts = await self.deliveries.counts(record.id)
        unsettled = await self.unsettled(record)
        return {
            "id": record.public_id,
            "planned": record.planned_at is not None,
            "settled": record.planned_at is not None and not unsettled,
            "unsettled": unsettled,
            "channels": counts,
            **await self._delayed(record),
            "notices": await self.deliveries.aside_counts(record.id),
            "time_zone": self.time_zone,
            **await self.people.of(record),
        }

    async def _delayed(self, record: AlertRecord) -> dict[str, object]:
        delayed = await self.deliveries.delayed(record.id)
        until = await self.deliveries.delayed_until(record.id) if delayed else {}
        moments = {cause: moment.isoformat() for cause, moment in until.items()}
        return {"delayed": delayed, "delayed_until": moments}

    async def unsettled(self, record: AlertRecord) -> int:
        """Return how many deliveries of an alert are not settled."""
        now = self.clock.now()
        since = {
            name: None
            if channel.receipt_timeout is None
            else now - timedelta(seconds=channel.receipt_timeout)
            for name, channel in self.channels.items()
        }
        return await self.deliveries.awaiting(record.id, since)
