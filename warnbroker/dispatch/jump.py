"""A clock that is set back: what is due must not wait until the time has come a second time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import DeliveryStore
from warnbroker.dispatch.providers.router import Router
from warnbroker.log import log
from warnbroker.model.event import Event

LEAST = timedelta(seconds=5)
"""Steps back that are smaller delay nothing that matters."""


@dataclass(slots=True)
class JumpWatch:
    """Compares the clock with one that nobody can set; a step forward needs no help."""

    deliveries: DeliveryStore
    routers: Iterable[Router]
    clock: Clock
    _last: tuple[datetime, float] | None = None

    async def sweep(self) -> None:
        """Bring forward what is due by as much as the clock was set back since the last time.

        Raises:
            StoreError: the database refused; the next round tries again.
        """
        now, steady = self.clock.now(), monotonic()
        last, tick = self._last or (now, steady)
        back = timedelta(seconds=steady - tick) - (now - last)
        if back > LEAST:
            await self.deliveries.bring_forward(back, now)
            for router in self.routers:
                for provider in router.health.conditions:
                    router.health.reset(provider, now)
            log.warning(Event.CLOCK_SET_BACK, seconds=round(back.total_seconds()))
        self._last = now, steady
