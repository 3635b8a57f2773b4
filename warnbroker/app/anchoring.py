"""Anchor the record: at the start, as it grows, and when the broker stops."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import orjson

from warnbroker.app.record import anchors_path, key_path
from warnbroker.contracts.clock import Clock
from warnbroker.errors import WarnbrokerError
from warnbroker.log import log
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.settings import Settings
from warnbroker.store import Store
from warnbroker.store.anchors import Anchor, AnchorFile, signed
from warnbroker.store.audit import AuditTable
from warnbroker.store.signer import Signer, read_signer

PAUSE = 1.0
"""Seconds between two looks whether the record has grown enough for an anchor."""


class Anchorer:
    """Writes the head of the record to the anchors as the record grows."""

    def __init__(
        self, audit: AuditTable, signer: Signer, file: AnchorFile, every: int, clock: Clock
    ) -> None:
        self._audit, self._signer, self.file = audit, signer, file
        self._every, self._clock = every, clock
        self._anchored: int | None = None
        self._told = ""

    async def anchor(self, at_least: int = 1) -> Anchor | None:
        """Anchor the head if so many entries came since the last anchor; return the anchor."""
        head = await self._audit.head()
        if self._anchored is None:
            newest = await asyncio.to_thread(self.file.newest)
            self._anchored = newest.sequence if newest is not None else 0
        # A restored record is shorter than its anchors.
        if head is None or 0 <= head.sequence - self._anchored < at_least:
            return None
        anchor = signed(head.sequence, head.hash, self._clock.now(), self._signer)
        await asyncio.to_thread(self.file.add, anchor)
        self._anchored = head.sequence
        return anchor

    async def run(self) -> None:
        """Anchor for ever; what cannot be written now is tried again."""
        while True:
            with self.reported():
                await self.anchor(self._every)
            await self._clock.sleep(PAUSE)

    @contextmanager
    def reported(self) -> Iterator[None]:
        """Log an error, once while it stays the same: people are warned also without anchors."""
        try:
            yield
        except WarnbrokerError as error:
            if str(error) != self._told:
                self._told = str(error)
                log.error(Event.STEP_FAILED, step="anchor", error=self._told)


async def contradicted(settings: Settings, audit: AuditTable) -> int | None:
    """Return the number of the newest anchored entry if the record lacks it, else None.

    What a restore that is on record gave up is not lacking.
    """
    path = anchors_path(settings)
    newest = await asyncio.to_thread(AnchorFile(path).newest) if path is not None else None
    if newest is None or await audit.hash_of(newest.sequence) == newest.hash:
        return None
    restore = await audit.newest(Event.RECORD_RESTORED)
    given_up = orjson.loads(restore.detail).get("anchored") if restore else None
    known = isinstance(given_up, int) and given_up >= newest.sequence
    return None if known else newest.sequence


async def _complain(settings: Settings, audit: AuditTable) -> None:
    number = await contradicted(settings, audit)
    if number is not None:
        text = f"entry {number} is not what was anchored; run: warnbroker audit verify"
        log.error(Event.STEP_FAILED, step="record", error=text)


def anchorer(settings: Settings, audit: AuditTable, clock: Clock) -> Anchorer | None:
    """Return what anchors the record of the settings; None where there is no place for it."""
    path = anchors_path(settings)
    if path is None:
        return None
    signer = read_signer(key_path(settings))
    return Anchorer(audit, signer, AnchorFile(path), settings.audit.anchor_every, clock)


@asynccontextmanager
async def anchoring(settings: Settings, store: Store, clock: Clock) -> AsyncIterator[None]:
    """Anchor the record while the context is open, and at its end."""
    found = anchorer(settings, store.audit, clock)
    if found is None:
        yield
        return
    with found.reported():
        await _complain(settings, store.audit)
        await found.anchor()
    task = asyncio.create_task(found.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        with found.reported():
            await found.anchor()


async def restored(settings: Settings, store: Store, actor: Actor, clock: Clock) -> None:
    """Record that a backup took the place of the database, and how far its anchors went."""
    found = anchorer(settings, store.audit, clock)
    newest = await asyncio.to_thread(found.file.newest) if found is not None else None
    head = await store.audit.head()
    detail = {
        "entries": head.sequence if head is not None else 0,
        "anchored": newest.sequence if newest is not None else None,
    }
    await store.audit.append(actor, Event.RECORD_RESTORED, "database", detail)
    if found is not None:
        await found.anchor(at_least=0)
