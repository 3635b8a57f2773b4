"""Take an alert in GB/T 35965: translate it, with all live messages that it changes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from warnbroker.cap.gbt import Register, Translation, Wishes, first_reference, from_data, read_gbt
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import AlertStore
from warnbroker.model.alert import Reference
from warnbroker.model.record import AlertRecord


@dataclass(frozen=True, slots=True)
class Translator:
    """Translates with what the ledger and the settings know."""

    alerts: AlertStore
    clock: Clock
    register: Register

    async def translate(self, content: bytes, limit: int, wishes: Wishes) -> Translation:
        """Return the alert that a GB/T message is, and what was lost.

        GB/T names the first message of a warning; CAP wants every one that still holds.

        Raises:
            TooLargeError: the body is longer than ``limit`` bytes.
            UnreadableError: it is not well-formed UTF-8 XML, or not safe to read.
            AlertError: it is no GB/T message, or cannot be told in CAP.
        """
        read = await asyncio.to_thread(read_gbt, content, limit)
        first = first_reference(read.data, self.register)
        live = await self._live(first) if first else ()
        return await asyncio.to_thread(
            from_data, read, self.register, references=live, wishes=wishes
        )

    async def _live(self, first: Reference) -> Sequence[Reference]:
        known = await self.alerts.same_identity(first.sender, first.identifier)
        if known is None:
            return ()
        now = self.clock.now()
        chain = await self.alerts.chain(known.warning_id)
        holds = [item for item in chain if item.stopped_at is None and item.expires > now]
        return [_reference(item) for item in (holds or [known])]


def _reference(record: AlertRecord) -> Reference:
    return Reference(record.sender, record.identifier, record.sent)
