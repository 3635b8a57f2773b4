"""Watch the providers: let time heal, tell the record, share what is known with other processes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.providers import Noted, ProviderStore
from warnbroker.contracts.store import AuditStore
from warnbroker.dispatch.providers.announce import Announcer, detail_of
from warnbroker.dispatch.providers.router import Router
from warnbroker.metrics import PROVIDER_ERRORS, PROVIDER_LATENCY, PROVIDER_SHARE
from warnbroker.model.actor import BROKER
from warnbroker.model.provider import ProviderReport

SHARE_EVERY = timedelta(seconds=5)
WRITE_EVERY = timedelta(seconds=60)
FRESH = timedelta(minutes=2)
"""A process that has written nothing for so long has ended."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class ProviderWatch:
    """Looks after the routers of one process, the ``owner``."""

    routers: Mapping[str, Router]
    store: ProviderStore
    audit: AuditStore
    announcer: Announcer
    clock: Clock
    owner: str
    _shared_at: datetime = LONG_AGO
    _written_at: datetime = LONG_AGO
    _written: Sequence[ProviderReport] = ()
    _resets: dict[tuple[str, str], datetime] = field(default_factory=dict)

    async def recover(self) -> None:
        """Take over what an ended process knew: a breaker that it opened stays open.

        Raises:
            StoreError: the database refused.
        """
        self._resets = dict(await self.store.resets())
        now, seen = self.clock.now(), set[tuple[str, str]]()
        for noted in await self.store.known():
            key = (noted.report.channel, noted.report.provider)
            router = self.routers.get(noted.report.channel)
            if router is None or key in seen or noted.at <= self._resets.get(key, LONG_AGO):
                continue
            seen.add(key)
            router.health.restore(noted.report, now)
        await self._write(now)

    async def sweep(self) -> None:
        """Do once all that is due.

        Raises:
            StoreError: the database refused; what is lacking is done the next time.
        """
        now = self.clock.now()
        for router in self.routers.values():
            router.health.look(now)
        while self.announcer.unrecorded:
            event, change = self.announcer.unrecorded[0]
            subject = f"{change.channel}/{change.provider}"
            await self.audit.append(BROKER, event, subject, detail_of(change))
            self.announcer.unrecorded.pop(0)
            # What opened must be known after a crash: it is shared at once.
            self._shared_at = LONG_AGO
        if now - self._shared_at >= SHARE_EVERY or now < self._shared_at:
            await self._share(now)

    async def _share(self, now: datetime) -> None:
        reports = self._reports()
        _measure(reports)
        plain = [_plain(report) for report in reports]
        if plain != self._written or not _WITHIN <= now - self._written_at < WRITE_EVERY:
            await self._write(now)
            self._written = plain
        self._reset(await self.store.resets())
        self._take_in([noted for noted in await self.store.known() if noted.owner != self.owner])
        self._shared_at = now

    def _reports(self) -> Sequence[ProviderReport]:
        return [report for router in self.routers.values() for report in router.reports()]

    async def _write(self, now: datetime) -> None:
        await self.store.note(self.owner, self._reports(), now)
        self._written_at = now

    def _reset(self, resets: Mapping[tuple[str, str], datetime]) -> None:
        for (channel, provider), at in resets.items():
            if at > self._resets.get((channel, provider), LONG_AGO) and channel in self.routers:
                self.routers[channel].health.reset(provider, at)
        self._resets = dict(resets)

    def _take_in(self, others: Sequence[Noted]) -> None:
        now = self.clock.now()
        for channel, router in self.routers.items():
            for provider in router.health.conditions:
                slots = [
                    slot
                    for noted in others
                    if (noted.report.channel, noted.report.provider) == (channel, provider)
                    and now - noted.at < FRESH
                    for slot in noted.report.slots
                ]
                router.health.others(provider, slots)


_WITHIN = timedelta(0)


def _plain(report: ProviderReport) -> ProviderReport:
    """Return a report without what moves all the time."""
    return replace(report, errors=0, throttled=0, latency=None, delays=())


def _measure(reports: Sequence[ProviderReport]) -> None:
    for report in reports:
        names = (report.channel, report.provider)
        PROVIDER_SHARE.labels(*names).set(report.share)
        PROVIDER_ERRORS.labels(*names).set(report.errors)
        if report.latency is not None:
            PROVIDER_LATENCY.labels(*names).set(report.latency)
