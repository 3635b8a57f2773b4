"""The broker, built from settings, started and stopped; the only package that knows all."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from warnbroker.api.progress import Progress
from warnbroker.app.anchoring import anchoring
from warnbroker.app.engine import engine_of
from warnbroker.app.http import listen, outgoing, public_url, serving
from warnbroker.app.ledger import load_regions, open_ledger, vocabulary
from warnbroker.app.parts import Parts
from warnbroker.app.record import record_configuration
from warnbroker.app.routes import routes_of
from warnbroker.app.scale import scale_of
from warnbroker.app.signing import signing_faults
from warnbroker.app.texts import renderer_of
from warnbroker.contracts.channel import Channel, ChannelContext
from warnbroker.contracts.clock import Clock, SystemClock
from warnbroker.errors import WarnbrokerError
from warnbroker.log import log
from warnbroker.model.event import Event
from warnbroker.registry import build_channels
from warnbroker.settings import Settings
from warnbroker.store import Store
from warnbroker.store.lease import hold

__all__ = ["Broker", "open_ledger", "renderer_of", "scale_of", "serve", "vocabulary"]


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that serves; ``url`` is where it listens."""

    store: Store
    channels: Mapping[str, Channel]
    progress: Progress
    url: str


@asynccontextmanager
async def serve(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Broker]:
    """Run a broker for as long as the context is open.

    Raises:
        ConfigError: a setting is wrong, the port is taken, or another process serves
            this database.
        StoreError: the database refused.
    """
    clock = clock or SystemClock()
    channels = build_channels(settings.channels)
    async with AsyncExitStack() as stack:
        # Whoever starts the same broker twice must hear of that, not of its port.
        await stack.enter_async_context(hold(settings.store.url))
        listener = stack.enter_context(listen(settings))
        store = await stack.enter_async_context(open_ledger(settings, clock))
        await load_regions(settings, store)
        await record_configuration(settings, store)
        await stack.enter_async_context(anchoring(settings, store, clock))
        parts = Parts(settings, clock, store, channels, public_url(settings, listener))
        await stack.enter_async_context(serving(routes_of(parts), settings, listener, parts.gate))
        session = await stack.enter_async_context(outgoing())
        context = parts.context(session)
        for channel in channels.values():
            stack.push_async_callback(channel.close)
        opened = [name for name, channel in channels.items() if await _open(channel, context)]
        await parts.provider_watch.recover()
        engine = engine_of(parts, opened, lambda channel: _open(channel, context))
        engine_task = asyncio.create_task(engine.run())
        stack.push_async_callback(_cancel, engine_task)
        for fault in signing_faults(settings, clock.now()):
            log.error(Event.SIGNING_FAULT, fault=fault)
        log.info(Event.SERVER_STARTED, url=parts.url, channels=list(channels))
        yield Broker(store, channels, parts.progress, parts.url)
        log.info(Event.SERVER_STOPPED)


async def _open(channel: Channel, context: ChannelContext) -> bool:
    """Open a channel; one that cannot be opened must not keep the others from working."""
    for fault in channel.faults():
        log.warning(Event.CHANNEL_FAULT, channel=channel.name, fault=fault)
    try:
        await channel.open(context)
    except WarnbrokerError as error:
        log.error(Event.CHANNEL_FAULT, channel=channel.name, step="open", error=str(error))
        return False
    except Exception as error:  # a fault of the channel's own
        log.exception(Event.CHANNEL_FAULT, channel=channel.name, step="open", error=str(error))
        return False
    return True


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
