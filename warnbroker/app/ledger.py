"""The ledger opened from settings, with the shipped regions in an empty one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from warnbroker.contracts.clock import Clock, SystemClock
from warnbroker.intake.subscriber_file import Vocabulary
from warnbroker.model.actor import CONFIGURATION
from warnbroker.model.identity import sortable_ids
from warnbroker.registry import address_kinds
from warnbroker.settings import Settings
from warnbroker.store import Store, open_store
from warnbroker.targeting import read_regions


@asynccontextmanager
async def open_ledger(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Store]:
    """Open the database for as long as the context is open.

    Raises:
        ConfigError: its address or key file is wrong.
        StoreError: it refused.
    """
    clock = clock or SystemClock()
    store = await open_store(
        settings.store.url,
        settings.store.key_file,
        clock,
        sortable_ids(clock.now),
        audit_key=settings.audit.key_file,
    )
    try:
        yield store
    finally:
        await store.close()


async def vocabulary(settings: Settings, store: Store) -> Vocabulary:
    """Return the codes that a subscriber list may use."""
    await load_regions(settings, store)
    regions = await store.regions.all()
    return Vocabulary(
        levels=frozenset(settings.levels.scale),
        regions=frozenset(region.code for region in regions),
        channels=frozenset(settings.channels),
        kinds=address_kinds(settings.channels),
    )


async def load_regions(settings: Settings, store: Store) -> None:
    """Put the configured region tree into a ledger that has none."""
    if settings.regions.file is None or await store.regions.all():
        return
    regions = await asyncio.to_thread(read_regions, settings.regions.file)
    authority = await store.issuers.authority(settings.municipality.authority)
    await store.regions.replace(regions, authority_id=authority, actor=CONFIGURATION)
