"""Time as the engine sees it, so that tests can set it."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells and passes time."""

    def now(self) -> datetime:
        """Return the present instant, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when that much time has passed."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present instant, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Return when that much time has passed."""
        await asyncio.sleep(seconds)
