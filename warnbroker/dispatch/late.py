"""A lane whose channel could not be opened at the start: it waits, and begins when it can."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from warnbroker.contracts.clock import Clock

RETRY_SECONDS = 5.0


class Runnable(Protocol):
    """Something that works until it is cancelled."""

    async def run(self) -> None:
        """Work."""
        ...


@dataclass(slots=True)
class LateLane:
    """Opens its channel again and again; until then its deliveries stay queued, none is sent."""

    lane: Runnable
    open: Callable[[], Awaitable[bool]]
    clock: Clock
    is_open: bool = False

    async def run(self) -> None:
        """Work as the lane does, once the channel is open."""
        while not self.is_open:
            await self.clock.sleep(RETRY_SECONDS)
            self.is_open = await self.open()
        await self.lane.run()
