"""The bus inside one process."""

import asyncio
from collections import defaultdict


class LocalBus:
    """Wakes the waiters of a topic; remembers one announcement that nobody heard."""

    def __init__(self) -> None:
        self._events: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def announce(self, topic: str) -> None:
        """Wake whoever waits on the topic."""
        self._events[topic].set()

    async def wait(self, topic: str, seconds: float) -> None:
        """Return at the next announcement, or when the time is over."""
        event = self._events[topic]
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
        finally:
            event.clear()
