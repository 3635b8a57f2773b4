"""The engine: plans what is accepted, runs a lane per channel, sweeps; each restarts by itself."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from warnbroker.contracts.bus import PLAN_TOPIC, Bus
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import AlertStore
from warnbroker.dispatch.late import Runnable
from warnbroker.dispatch.plan import Planner
from warnbroker.dispatch.resolve import Resolver
from warnbroker.log import log
from warnbroker.model.event import Event


@dataclass(slots=True)
class Engine:
    """Everything that happens without being asked; ``sweep`` is the seconds between rounds.

    ``watches`` are further rounds, by name, of parts that the engine does not know. ``planned``
    are the alerts that are being planned now.
    """

    alerts: AlertStore
    planner: Planner
    lanes: Sequence[Runnable]
    resolver: Resolver
    bus: Bus
    clock: Clock
    sweep: float
    watches: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    said: dict[tuple[str | int, ...], str] = field(default_factory=dict)
    planned: set[int] = field(default_factory=set)

    async def run(self) -> None:
        """Work until cancelled, beginning with what an ended process left behind."""
        await self._recover()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._forever("plan", partial(self._plan, group)))
            group.create_task(self._forever("sweep", partial(self._watch, self.resolver.sweep)))
            # What is over may be a million rows, and the unknown outcomes must not wait for them.
            group.create_task(self._forever("retire", partial(self._watch, self.resolver.retire)))
            for name, look in self.watches.items():
                group.create_task(self._forever(name, partial(self._watch, look)))
            for lane in self.lanes:
                group.create_task(self._forever("lane", lane.run))

    async def _recover(self) -> None:
        while True:
            try:
                return await self.resolver.recover()
            except Exception as error:  # a disk that is full at the start may have room later
                self._complain("recover", error)
                await self.clock.sleep(self.sweep)

    async def _plan(self, group: asyncio.TaskGroup) -> None:
        for alert_id in await self.alerts.to_plan():
            if alert_id not in self.planned:
                self.planned.add(alert_id)
                # Each for itself: a grave one must not wait until a large one is written.
                group.create_task(self._plan_one(alert_id))
        await self.bus.wait(PLAN_TOPIC, self.sweep)

    async def _plan_one(self, alert_id: int) -> None:
        try:
            await self.planner.plan(alert_id)
            log.info(Event.ALERT_PLANNED, alert_id=alert_id)
        except Exception as error:  # the next round tries again
            self._complain("plan", error, alert_id=alert_id)
        finally:
            self.planned.discard(alert_id)

    async def _watch(self, look: Callable[[], Awaitable[None]]) -> None:
        await look()
        await self.clock.sleep(self.sweep)

    async def _forever(self, step: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception as error:  # whatever it was, the next round may succeed
                self._complain(step, error)
                await self.clock.sleep(self.sweep)

    def _complain(self, step: str, error: Exception, **of: int) -> None:
        """Log an error, once for as long as it stays the same."""
        words: tuple[str | int, ...] = (step, *of.values())
        if self.said.get(words) != str(error):
            self.said[words] = str(error)
            log.exception(Event.STEP_FAILED, step=step, error=str(error), **of)
