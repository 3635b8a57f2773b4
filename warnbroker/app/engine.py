"""The engine of a serving process."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import timedelta

from warnbroker.app.parts import Parts
from warnbroker.contracts.channel import Channel
from warnbroker.dispatch.engine import Engine
from warnbroker.dispatch.jump import JumpWatch
from warnbroker.dispatch.lane import Lane
from warnbroker.dispatch.late import LateLane
from warnbroker.dispatch.pace import Pace
from warnbroker.dispatch.resolve import Resolver
from warnbroker.dispatch.texts import Texts
from warnbroker.report.watch import ConductWatch

LEARN_EVERY = timedelta(seconds=10)

Reopen = Callable[[Channel], Awaitable[bool]]


def engine_of(parts: Parts, opened: Collection[str], reopen: Reopen) -> Engine:
    """Return the engine; the lane of a channel that is not open waits for ``reopen``."""
    dispatch = parts.settings.dispatch
    resolver = Resolver(
        parts.store.deliveries,
        parts.recorder,
        parts.channels,
        parts.scale,
        parts.clock,
        parts.owner,
    )
    pace = Pace(
        claim=dispatch.claim,
        lease=dispatch.lease,
        sweep=dispatch.sweep,
        grave=dispatch.failover.grave_rank,
        reserved=dispatch.reserved,
    )
    lanes = [
        _lane(parts, channel, pace) if name in opened else _late(parts, channel, pace, reopen)
        for name, channel in parts.channels.items()
    ]
    return Engine(
        parts.store.alerts,
        parts.planner,
        lanes,
        resolver,
        parts.bus,
        parts.clock,
        dispatch.sweep,
        _watches(parts),
    )


def _watches(parts: Parts) -> Mapping[str, Callable[[], Awaitable[None]]]:
    """Return the rounds that go on beside planning and sending, by name."""
    return {
        "refusals": parts.refusals.sweep,
        "orphans": parts.recorder.adopt,
        "release": parts.watch.sweep,
        "clock": JumpWatch(parts.store.deliveries, parts.routers.values(), parts.clock).sweep,
        "providers": parts.provider_watch.sweep,
        "suppression": _learning(parts),
        "corrections": parts.planner.correct,
        "escalation": parts.escalator.sweep,
        "lists": parts.lists.sweep,
        "vans": parts.vans.sweep,
        "conduct": ConductWatch(parts.conduct, parts.store.audit, parts.clock).sweep,
    }


def _learning(parts: Parts) -> Callable[[], Awaitable[None]]:
    """Return the round that suppresses addresses which providers refuse."""
    failures = parts.settings.dispatch.suppress_after
    due = parts.clock.now()

    async def learn() -> None:
        nonlocal due
        now = parts.clock.now()
        if now >= due:
            # What is young is read again each time, so not every round.
            await parts.store.suppressions.learn(failures, now)
            due = now + LEARN_EVERY

    return learn


def _late(parts: Parts, channel: Channel, pace: Pace, reopen: Reopen) -> LateLane:
    return LateLane(_lane(parts, channel, pace), lambda: reopen(channel), parts.clock)


def _lane(parts: Parts, channel: Channel, pace: Pace) -> Lane:
    store = parts.store
    return Lane(
        channel,
        store.deliveries,
        Texts(channel, store.alerts, store.deliveries, parts.publisher),
        parts.recorder,
        parts.routers[channel.name],
        parts.bus,
        parts.clock,
        parts.owner,
        pace,
    )
