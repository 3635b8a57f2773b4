"""Everything that one serving process shares, built from settings."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

import aiohttp

from warnbroker.api.access import Gate
from warnbroker.api.people import PeopleCounts
from warnbroker.api.progress import Progress
from warnbroker.app.authorities import authorities_of
from warnbroker.app.conduct import conduct_of
from warnbroker.app.drills import circle_of, scope_rules_of
from warnbroker.app.escalation import ladders_of
from warnbroker.app.forecast import expectations_of
from warnbroker.app.gates import gates_of
from warnbroker.app.links import bus_of, route_of
from warnbroker.app.providers import provider_names, routers_of
from warnbroker.app.release import release_policy_of
from warnbroker.app.scale import scale_of
from warnbroker.app.texts import renderer_of
from warnbroker.app.words import inbound_words_of
from warnbroker.contracts.channel import CallbackAnswer, Channel, ChannelContext
from warnbroker.contracts.clock import Clock
from warnbroker.dispatch.count import Counter
from warnbroker.dispatch.escalate.lists import ListKeeper
from warnbroker.dispatch.escalate.sweep import Escalator
from warnbroker.dispatch.escalate.vans import VanCaller
from warnbroker.dispatch.forecast.forecaster import Forecaster
from warnbroker.dispatch.informed import Informer
from warnbroker.dispatch.notices import Notices
from warnbroker.dispatch.plan import Planner
from warnbroker.dispatch.providers.announce import Announcer
from warnbroker.dispatch.providers.board import Board
from warnbroker.dispatch.providers.watch import ProviderWatch
from warnbroker.dispatch.publish import Publisher
from warnbroker.dispatch.restraint import Restraint
from warnbroker.intake.authority import Remit
from warnbroker.intake.door_replies import DoorHearer
from warnbroker.intake.doorbook import Doorbook
from warnbroker.intake.enrolling import Enrolling
from warnbroker.intake.hearing import Hearing
from warnbroker.intake.refusals import Refusals
from warnbroker.intake.release.release import Release
from warnbroker.intake.release.watch import Watch
from warnbroker.intake.suppressing import Suppressing
from warnbroker.intake.wishes import Wishes
from warnbroker.model.identity import sortable_ids
from warnbroker.model.receipt import Receipt
from warnbroker.model.record import Attempt, History
from warnbroker.receipts.judge import Judge
from warnbroker.receipts.recorder import Recorder
from warnbroker.receipts.retry import RetryPolicy
from warnbroker.settings import Settings
from warnbroker.store import Store


class Parts:
    """The parts of a broker over one open store."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        channels: Mapping[str, Channel],
        url: str,
    ) -> None:
        self.settings, self.clock, self.store, self.channels = settings, clock, store, channels
        self.url = url
        self.ids = sortable_ids(clock.now)
        self.bus = bus_of(settings.bus.url)
        self.scale = scale_of(settings.levels)
        self.progress = Progress(
            store.deliveries,
            channels,
            clock,
            PeopleCounts(store.ladders, channels),
            settings.municipality.time_zone,
        )
        self.owner = uuid4().hex
        self.publisher = _publisher(self)
        self.authorities = authorities_of(settings.authorities)
        self.remit = Remit(self.authorities, self.scale)
        self.gate = Gate(clock, settings.access.rate, settings.access.burst)
        self.notices = Notices(
            store.deliveries, self.publisher, channels, self.bus, clock, self.ids
        )
        self.gates = gates_of(settings, self.scale)
        self.ladders = ladders_of(settings)
        self.planner = _planner(self)
        self.escalator = _escalator(self)
        self.lists = _lists(self)
        self.vans = _vans(self)
        self.scope = scope_rules_of(settings, store.subscribers, channels, self.authorities)
        self.forecaster = Forecaster(
            self.planner,
            channels,
            expectations_of(settings.forecast),
            settings.forecast.currency,
            clock,
        )
        self._add_office()
        self._add_providers()
        self._add_receipts()

    def _add_office(self) -> None:
        """Build what people decide with, and what watches how they do."""
        settings, store, clock = self.settings, self.store, self.clock
        self.policy = release_policy_of(settings.release)
        self.release = _release(self)
        self.conduct = conduct_of(settings, store, clock)
        self.refusals = Refusals(store.audit, clock)
        self.watch = Watch(store.decisions, self.notices, self.authorities, self.policy, clock)

    def _add_providers(self) -> None:
        """Build what chooses among providers, and what shows how they are."""
        settings, store, clock, channels = self.settings, self.store, self.clock, self.channels
        self.announcer = Announcer()
        self.routers = routers_of(channels, settings.dispatch, store.rates, clock, self.announcer)
        self.provider_watch = ProviderWatch(
            self.routers, store.providers, store.audit, self.announcer, clock, self.owner
        )
        self.board = Board(channels, self.routers, store.providers, clock, self.owner)

    def _add_receipts(self) -> None:
        """Build what takes in receipts, and what people say."""
        store, clock, channels = self.store, self.clock, self.channels
        self.recorder = _recorder(self)
        self.doorbook = Doorbook(store.doorsteps, self.recorder, clock, self.ids)
        self.hearing = Hearing((_wishes(self), _door_hearer(self)))
        self.suppressing = Suppressing(
            store.suppressions, {name: item.address_kind for name, item in channels.items()}, clock
        )
        self.enrolling = Enrolling(store.subscribers, store.regions, self.scale, clock)

    def context(self, session: aiohttp.ClientSession) -> ChannelContext:
        """Return what the channels are lent."""
        municipality = self.settings.municipality
        return ChannelContext(
            clock=self.clock,
            session=session,
            public_url=self.url,
            time_zone=ZoneInfo(municipality.time_zone),
            languages=tuple(municipality.languages),
            names=municipality.names,
            regions=self.store.regions.all,
            report=self.report,
            enrol=self.enrolling.enrol,
            forget=self.enrolling.forget,
        )

    async def report(self, answer: CallbackAnswer) -> Sequence[str]:
        """Take what a channel learnt by itself; return the answers to what was said.

        Raises:
            StoreError: the database refused; nothing of it counts as known.
        """
        await self.recorder.record(answer.evidence)
        return await self.hearing.hear(answer.said)


def _wishes(parts: Parts) -> Wishes:
    return Wishes(parts.store.suppressions, inbound_words_of(parts.settings), parts.clock)


def _restraint(parts: Parts) -> Restraint:
    dispatch = parts.settings.dispatch
    return Restraint(
        override=frozenset(dispatch.override_suppression),
        at_any_hour=frozenset(dispatch.at_any_hour),
        noisy=frozenset(dispatch.noisy),
        coalesce=frozenset(dispatch.coalesce),
        update_interval={
            level: timedelta(seconds=seconds) for level, seconds in dispatch.update_interval.items()
        },
        zone=ZoneInfo(parts.settings.municipality.time_zone),
        clock=parts.clock,
    )


def _publisher(parts: Parts) -> Publisher:
    store, settings = parts.store, parts.settings
    return Publisher(
        alerts=store.alerts,
        deliveries=store.deliveries,
        regions=store.regions,
        subscribers=store.subscribers,
        renderer=renderer_of(settings, parts.url, parts.channels),
        scale=parts.scale,
        channels=parts.channels,
        fallback=tuple(settings.municipality.languages),
        ids=parts.ids,
        region_share=settings.dispatch.region_share,
        restraint=_restraint(parts),
    )


def _planner(parts: Parts) -> Planner:
    return Planner(
        parts.store.alerts,
        parts.store.deliveries,
        parts.publisher,
        parts.channels,
        tuple(route_of(rule) for rule in parts.settings.routing),
        parts.bus,
        parts.clock,
        parts.ids,
        circle_of(parts.settings, parts.channels, parts.authorities),
        parts.notices,
        _informer(parts),
        parts.ladders.first_looks,
    )


def _escalator(parts: Parts) -> Escalator:
    return Escalator(
        parts.ladders,
        parts.store.ladders,
        parts.store.alerts,
        parts.publisher,
        parts.channels,
        parts.planner.circle,
        parts.bus,
        parts.clock,
        parts.ids,
    )


def _door_hearer(parts: Parts) -> DoorHearer:
    tongue = next(iter(parts.settings.municipality.languages), "en")
    return DoorHearer(parts.store.doorsteps, parts.doorbook, parts.clock, tongue)


def _lists(parts: Parts) -> ListKeeper:
    store = parts.store
    return ListKeeper(
        parts.ladders,
        store.ladders,
        store.doorsteps,
        store.alerts,
        store.deliveries,
        store.subscribers,
        store.audit,
        parts.publisher,
        parts.channels,
        store.seal,
        parts.url,
        parts.bus,
        parts.clock,
        parts.ids,
    )


def _vans(parts: Parts) -> VanCaller:
    store = parts.store
    return VanCaller(
        parts.ladders,
        store.ladders,
        store.doorsteps,
        store.alerts,
        store.deliveries,
        parts.publisher,
        parts.channels,
        parts.planner.circle,
        parts.bus,
        parts.clock,
        parts.ids,
    )


def _informer(parts: Parts) -> Informer:
    return Informer(
        parts.store.alerts,
        parts.store.regions,
        parts.authorities,
        parts.gates.hazards,
        parts.scale,
        parts.notices,
        parts.settings.municipality.authority,
    )


def _release(parts: Parts) -> Release:
    return Release(
        parts.store.alerts,
        parts.store.decisions,
        parts.store.issuers,
        parts.store.regions,
        parts.policy,
        parts.remit,
        Counter(parts.planner),
        parts.bus,
        parts.clock,
    )


def _recorder(parts: Parts) -> Recorder:
    dispatch = parts.settings.dispatch
    policy = RetryPolicy(
        first=dispatch.retry_first,
        cap=dispatch.retry_cap,
        cap_grave=dispatch.retry_cap_grave,
        floors=dispatch.retry_floors,
        caps=dispatch.retry_caps,
        max_age=dispatch.retry_for,
    )
    names = partial(provider_names, parts.channels)
    judge = Judge(policy, dispatch.unknown_after, names)

    def observe(history: History, attempt: Attempt, receipt: Receipt) -> None:
        router = parts.routers.get(history.channel)
        if router is not None:
            router.receipt(attempt.provider, attempt.started_at, receipt)

    return Recorder(parts.store.deliveries, judge, parts.clock, observe)
