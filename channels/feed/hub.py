"""Telling a WebSub hub that feeds have changed (W3C WebSub, section 7, publisher's ping)."""

from collections.abc import Sequence

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout

_TIMEOUT = ClientTimeout(total=10)
_log = structlog.get_logger()


async def ping(session: ClientSession, hub: str, feeds: Sequence[str]) -> None:
    """Name the changed feeds to the hub; a hub that does not answer costs readers speed only."""
    form = [("hub.mode", "publish"), *(("hub.url", feed) for feed in feeds)]
    try:
        async with session.post(hub, data=form, timeout=_TIMEOUT) as response:
            if response.status >= 400:
                _log.warning("feed_hub_refused", status=response.status)
    except (ClientError, TimeoutError) as error:
        _log.warning("feed_hub_unreachable", error=type(error).__name__)
