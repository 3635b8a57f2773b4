"""Precedence among alerts that are planned at the same time: no graver one waits for another."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PLACES = 4
"""Alerts of one rank that are planned at once; the others wait for a place."""


class Precedence:
    """Knows the ranks of what is planned now; what is less grave pauses for what is more."""

    def __init__(self) -> None:
        self._planned: Counter[int] = Counter()
        self._places: defaultdict[int, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(PLACES)
        )
        self._fewer = asyncio.Event()

    @asynccontextmanager
    async def of(self, rank: int) -> AsyncIterator[bool]:
        """Take part with a rank for as long as the context is open; say whether it had to wait."""
        waited = self._has_graver(rank) or self._places[rank].locked()
        async with self._places[rank]:
            await self.turn(rank)
            self._planned[rank] += 1
            try:
                yield waited
            finally:
                self._planned[rank] -= 1
                self._fewer.set()

    async def turn(self, rank: int) -> None:
        """Return when nothing graver is planned."""
        while self._has_graver(rank):
            self._fewer.clear()
            await self._fewer.wait()

    def _has_graver(self, rank: int) -> bool:
        return any(other < rank for other, number in self._planned.items() if number)
