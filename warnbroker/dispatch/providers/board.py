"""The readiness board: each channel with its faults, providers, last hand-off and last drill."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from warnbroker.contracts.channel import Channel
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.providers import ProviderStore
from warnbroker.dispatch.providers.router import Router
from warnbroker.dispatch.providers.watch import FRESH
from warnbroker.errors import NotFoundError
from warnbroker.model.actor import Actor
from warnbroker.model.provider import ProviderReport, ProviderState

_WORSE = {state: place for place, state in enumerate(ProviderState)}


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """A channel on the board; it is ready without faults and with a provider that is not open."""

    name: str
    faults: Sequence[str]
    providers: Sequence[ProviderReport]
    last_tested: datetime | None

    @property
    def ready(self) -> bool:
        """Say whether it could send now."""
        works = [one for one in self.providers if one.state is not ProviderState.OPEN]
        return not self.faults and (bool(works) or not self.providers)

    @property
    def last_handoff(self) -> datetime | None:
        """Return when a provider last took something."""
        return max((one.last_handoff for one in self.providers if one.last_handoff), default=None)


@dataclass(frozen=True, slots=True)
class Board:
    """What is known of every channel, by this process and the others."""

    channels: Mapping[str, Channel]
    routers: Mapping[str, Router]
    store: ProviderStore
    clock: Clock
    owner: str

    async def read(self) -> Sequence[ChannelReport]:
        """Return the board as of now.

        Raises:
            StoreError: the database refused.
        """
        now = self.clock.now()
        tested = await self.store.tested()
        found: defaultdict[tuple[str, str], list[ProviderReport]] = defaultdict(list)
        for router in self.routers.values():
            for report in router.reports():
                found[report.channel, report.provider].append(report)
        resets = await self.store.resets()
        for noted in await self.store.known():
            key = (noted.report.channel, noted.report.provider)
            fresh = max(now - FRESH, resets.get(key, now - FRESH))
            if noted.owner != self.owner and noted.at > fresh:
                found[key].append(noted.report)
        return [
            ChannelReport(
                name,
                channel.faults(),
                [_together(reports) for (of, _), reports in found.items() if of == name],
                tested.get(name),
            )
            for name, channel in self.channels.items()
        ]

    async def reset(self, channel: str, provider: str, actor: Actor) -> None:
        """Let a provider count as well again, in every process.

        Raises:
            NotFoundError: there is no such channel or provider.
            StoreError: the database refused.
        """
        router = self.routers.get(channel)
        if router is None or provider not in router.health.conditions:
            raise NotFoundError(f"there is no provider {provider!r} of a channel {channel!r}")
        now = self.clock.now()
        await self.store.reset(channel, provider, now, actor=actor)
        router.health.reset(provider, now)


def _together(reports: Sequence[ProviderReport]) -> ProviderReport:
    """Return what several processes know of one provider: the worst of it."""
    worst = max(reports, key=lambda one: (_WORSE[one.state], -one.share))
    handed = [one.last_handoff for one in reports if one.last_handoff]
    latencies = [one.latency for one in reports if one.latency is not None]
    return replace(
        worst,
        errors=max(one.errors for one in reports),
        throttled=max(one.throttled for one in reports),
        latency=max(latencies, default=None),
        last_handoff=max(handed, default=None),
        sent=sum(one.sent for one in reports),
        limits={key: rate for one in reports for key, rate in one.limits.items()},
        delays=tuple({hold.cause: hold for one in reports for hold in one.delays}.values()),
    )
