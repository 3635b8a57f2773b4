"""An inquiry: providers are asked what became of sends; one that does not answer, no more."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from warnbroker.contracts.channel import Channel, OutcomeLookup
from warnbroker.contracts.store import DeliveryStore
from warnbroker.errors import SendError
from warnbroker.log import log
from warnbroker.model.delivery import Delivery
from warnbroker.model.event import Event
from warnbroker.model.receipt import OPEN, Evidence, Reason, Receipt
from warnbroker.model.record import ClaimedDelivery, History

ASKING = 20
"""Questions that are open at once."""

LONGEST = 10.0
"""Seconds that a provider has for an answer; people wait for what is decided then."""

DEAF = 5
"""Questions without an answer after which a provider is asked no more in this round."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One round of questions."""

    deliveries: DeliveryStore
    channels: Mapping[str, Channel]
    _asking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ASKING))
    _unanswered: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def answer(self, history: History) -> Evidence | None:
        """Return what the provider knows of the newest attempt, None if that is nothing."""
        channel, last = self.channels.get(history.channel), history.attempts[-1]
        if not isinstance(channel, OutcomeLookup):
            return None
        whom = (channel.name, last.provider)
        async with self._asking:
            if self._unanswered[whom] >= DEAF:
                return None
            try:
                receipt = await self._ask(channel, history)
            except Exception as error:  # no provider and no channel may hold up the others
                self._unanswered[whom] += 1
                log.warning(
                    Event.OUTCOME_RESOLVED, channel=channel.name, reason=_reason(error),
                    alert=history.alert, delivery=history.id,
                )  # fmt: skip
                return None
        # That it does not know either is no news.
        known = receipt is not None and receipt.state not in OPEN
        return Evidence(history.key(last.number), receipt) if receipt and known else None

    async def _ask(self, channel: OutcomeLookup, history: History) -> Receipt | None:
        claimed = await self.deliveries.claimed(history.alert_id, history.id)
        if claimed is None:
            return None
        delivery = await self._delivery(claimed, history)
        async with asyncio.timeout(LONGEST):
            return await channel.look_up(delivery, since=history.attempts[-1].started_at)

    async def _delivery(self, claimed: ClaimedDelivery, history: History) -> Delivery:
        messages = await self.deliveries.load_messages(history.alert_id)
        return Delivery(
            key=history.key(history.attempts[-1].number),
            channel=history.channel,
            address=claimed.address,
            message=next(item for item in messages if item.id == claimed.message_id),
            level=claimed.level,
            expires=claimed.expires,
            repeat=claimed.repeat,
            provider=history.attempts[-1].provider,
        )


def _reason(error: Exception) -> Reason:
    if isinstance(error, SendError):
        return error.reason
    return Reason.TIMEOUT if isinstance(error, TimeoutError) else Reason.FAULT
