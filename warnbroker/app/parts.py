"""Everything that one serving process shares, built from settings."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

from warnbroker.api.access import Gate
from warnbroker.api.alerts import AlertResource
from warnbroker.api.area import AreaView
from warnbroker.api.corrections import CorrectionResource
from warnbroker.api.course import CourseView
from warnbroker.api.decisions import DecisionResource
from warnbroker.api.drills import DrillResource
from warnbroker.api.findings import FindingResource
from warnbroker.api.health import HealthResource
from warnbroker.api.incidents import IncidentResource
from warnbroker.api.issuers import IssuerResource
from warnbroker.api.progress import Progress
from warnbroker.api.receipts import ReceiptResource
from warnbroker.api.record import RecordResource
from warnbroker.api.refused import recorded
from warnbroker.api.rehearsal import ForecastResource
from warnbroker.api.relay import RelayResource
from warnbroker.api.schemas import schema_routes
from warnbroker.api.warnings import WarningResource
from warnbroker.app.authorities import authorities_of, terms_of
from warnbroker.app.conduct import conduct_of
from warnbroker.app.drills import circle_of, scope_rules_of
from warnbroker.app.forecast import expectations_of
from warnbroker.app.gates import gates_of
from warnbroker.app.release import release_policy_of
from warnbroker.app.scale import scale_of
from warnbroker.app.signing import signatures_of
from warnbroker.bus.local import LocalBus
from warnbroker.cap.gbt import Register
from warnbroker.contracts.channel import Channel, ChannelContext, RouteProvider
from warnbroker.contracts.clock import Clock
from warnbroker.dispatch.count import Counter
from warnbroker.dispatch.engine import Engine
from warnbroker.dispatch.forecast.forecaster import Forecaster
from warnbroker.dispatch.informed import Informer
from warnbroker.dispatch.lane import Lane, Pace
from warnbroker.dispatch.late import LateLane
from warnbroker.dispatch.notices import Notices
from warnbroker.dispatch.plan import Planner
from warnbroker.dispatch.publish import Publisher
from warnbroker.dispatch.resolve import Resolver
from warnbroker.dispatch.routing import Route
from warnbroker.errors import ConfigError
from warnbroker.intake.accept import Intake
from warnbroker.intake.authority import Remit
from warnbroker.intake.contingency import DrillRules
from warnbroker.intake.in_force import WarningsInForce
from warnbroker.intake.refusals import Refusals
from warnbroker.intake.relayed import RelayIntake, RelayLimits
from warnbroker.intake.release.release import Release
from warnbroker.intake.release.watch import Watch
from warnbroker.intake.retract import Retraction
from warnbroker.intake.translated import Translator
from warnbroker.model.alert import Info
from warnbroker.model.identity import sortable_ids
from warnbroker.model.level import in_language
from warnbroker.receipts.judge import Judge
from warnbroker.receipts.recorder import Recorder
from warnbroker.receipts.retry import RetryPolicy
from warnbroker.render import Renderer
from warnbroker.report.incidents import Desk
from warnbroker.resources import shipped
from warnbroker.settings import Hazard, RouteRule, Settings
from warnbroker.store import Store
from warnbroker.web.pages import public_routes
from warnbroker.web.site import Site

Reopen = Callable[[Channel], Awaitable[bool]]


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
        self.progress = Progress(store.deliveries, channels, clock)
        self.owner = uuid4().hex
        self.publisher = Publisher(
            alerts=store.alerts,
            deliveries=store.deliveries,
            regions=store.regions,
            subscribers=store.subscribers,
            renderer=renderer_of(settings, url),
            scale=self.scale,
            channels=channels,
            fallback=tuple(settings.municipality.languages),
            ids=self.ids,
            region_share=settings.dispatch.region_share,
        )
        self.authorities = authorities_of(settings.authorities)
        self.remit = Remit(self.authorities, self.scale)
        self.gate = Gate(clock, settings.access.rate, settings.access.burst)
        self.notices = Notices(
            store.deliveries, self.publisher, channels, self.bus, clock, self.ids
        )
        self.gates = gates_of(settings, self.scale)
        self.planner = Planner(
            store.alerts,
            store.deliveries,
            self.publisher,
            channels,
            tuple(route_of(rule) for rule in settings.routing),
            self.bus,
            clock,
            self.ids,
            circle_of(settings, self.authorities),
            self.notices,
            Informer(
                store.alerts,
                store.regions,
                self.authorities,
                self.gates.hazards,
                self.scale,
                self.notices,
                settings.municipality.authority,
            ),
        )
        self.scope = scope_rules_of(settings, store.subscribers, channels, self.authorities)
        self.forecaster = Forecaster(
            self.planner,
            channels,
            expectations_of(settings.forecast),
            settings.forecast.currency,
            clock,
        )
        self.policy = release_policy_of(settings.release)
        self.release = Release(
            store.alerts,
            store.decisions,
            store.issuers,
            store.regions,
            self.policy,
            self.remit,
            Counter(self.planner),
            self.bus,
            clock,
        )
        self.conduct = conduct_of(settings, store, clock)
        self.refusals = Refusals(store.audit, clock)
        self.watch = Watch(store.decisions, self.notices, self.authorities, self.policy, clock)
        dispatch = settings.dispatch
        policy = RetryPolicy(
            first=dispatch.retry_first,
            cap=dispatch.retry_cap,
            cap_grave=dispatch.retry_cap_grave,
            floors=dispatch.retry_floors,
        )
        self.recorder = Recorder(store.deliveries, Judge(policy, dispatch.unknown_after), clock)

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
        )

    def routes(self) -> Sequence[web.RouteDef]:
        """Return every route of the server."""
        store, settings = self.store, self.settings
        intake = Intake(
            store.alerts,
            store.regions,
            self.remit,
            self.bus,
            self.clock,
            self.ids,
            self.policy,
            self.scope,
            self.gates,
            signatures_of(settings),
        )
        courses = CourseView(self.release)
        alerts = AlertResource(
            intake,
            store.alerts,
            store.deliveries,
            store.issuers,
            self.progress,
            self.forecaster,
            courses,
            settings.server.max_body,
            self.translator(),
            AreaView(store.regions, self.scale),
        )
        retraction = Retraction(store.alerts, store.issuers, intake, self.release, self.clock)
        in_force = WarningsInForce(store.alerts, store.regions, self.scale, self.clock)
        own = [
            route
            for channel in self.channels.values()
            if isinstance(channel, RouteProvider)
            for route in channel.routes()
        ]
        found = [
            *alerts.routes(),
            *CorrectionResource(
                retraction, store.alerts, store.issuers, alerts.answer, settings.server.max_body
            ).routes(),
            *RelayResource(self.relay_intake(), store.issuers).routes(),
            *schema_routes(),
            *DecisionResource(self.release, store.alerts, store.issuers, courses).routes(),
            *ForecastResource(self.forecaster, store.alerts, store.issuers).routes(),
            *WarningResource(in_force, store.issuers, self.clock).routes(),
            *IssuerResource(
                store.issuers,
                store.regions,
                terms_of(settings),
                self.clock,
                ZoneInfo(settings.municipality.time_zone),
                settings.municipality.authority,
                self.ids,
            ).routes(),
            *HealthResource(store.alerts, store.issuers, self.channels).routes(),
            *ReceiptResource(self.channels, self.recorder, self.url).routes(),
            *public_routes(in_force, self.site()),
            *self._record_routes(),
            *self._drill_routes(),
            *own,
        ]
        return recorded(found, self.refusals)

    def _record_routes(self) -> Sequence[web.RouteDef]:
        store = self.store
        desk = Desk(store.regions, self.clock)
        authority = self.settings.municipality.authority
        return [
            *RecordResource(store.audit, store.alerts, store.issuers).routes(),
            *IncidentResource(store.incidents, store.issuers, desk, self.ids, authority).routes(),
            *FindingResource(self.conduct, store.findings, store.issuers).routes(),
        ]

    def _drill_routes(self) -> Sequence[web.RouteDef]:
        store, municipality = self.store, self.settings.municipality
        return DrillResource(
            store.drills,
            DrillRules(store.alerts),
            store.issuers,
            self.clock,
            self.ids,
            ZoneInfo(municipality.time_zone),
            municipality.authority,
            self.settings.drills.goal,
        ).routes()

    def relay_intake(self) -> RelayIntake:
        """Return the way in for alerts of other platforms."""
        settings, store = self.settings, self.store
        return RelayIntake(
            store.alerts,
            store.regions,
            self.remit,
            self.bus,
            self.clock,
            self.ids,
            self.policy,
            signatures_of(settings),
            RelayLimits(
                body=settings.server.max_body,
                resource=settings.relay.largest_resource,
                reissue=timedelta(seconds=settings.relay.reissue_within),
            ),
        )

    def translator(self) -> Translator:
        """Return what takes messages of China's 12379 platforms."""
        register = Register.of(self.authorities)
        return Translator(self.store.alerts, self.clock, register)

    def site(self) -> Site:
        """Return what the public pages need to know."""
        municipality = self.settings.municipality
        return Site(
            clock=self.clock,
            public_url=self.url,
            time_zone=ZoneInfo(municipality.time_zone),
            languages=tuple(municipality.languages),
            names=municipality.names,
            levels=self.scale.levels,
            templates=self.settings.templates.directory,
        )

    def engine(self, opened: Collection[str], reopen: Reopen) -> Engine:
        """Return the engine; the lane of a channel that is not open waits for ``reopen``."""
        dispatch = self.settings.dispatch
        resolver = Resolver(
            self.store.deliveries,
            self.publisher,
            self.recorder,
            self.channels,
            self.scale,
            self.clock,
            self.owner,
        )
        pace = Pace(claim=dispatch.claim, lease=dispatch.lease, sweep=dispatch.sweep)
        lanes = [
            self._lane(channel, pace) if name in opened else self._late(channel, pace, reopen)
            for name, channel in self.channels.items()
        ]
        return Engine(
            self.store.alerts,
            self.planner,
            lanes,
            resolver,
            self.bus,
            self.clock,
            dispatch.sweep,
            {
                "refusals": self.refusals.sweep,
                "release": self.watch.sweep,
                "corrections": self.planner.correct,
            },
        )

    def _late(self, channel: Channel, pace: Pace, reopen: Reopen) -> LateLane:
        return LateLane(self._lane(channel, pace), lambda: reopen(channel), self.clock)

    def _lane(self, channel: Channel, pace: Pace) -> Lane:
        return Lane(
            channel,
            self.store.alerts,
            self.store.deliveries,
            self.publisher,
            self.recorder,
            self.bus,
            self.clock,
            self.owner,
            pace,
        )


def route_of(rule: RouteRule) -> Route:
    """Return the routing rule that a row of the settings describes."""
    return Route(
        channels=tuple(rule.channels),
        level=frozenset(rule.level),
        urgency=frozenset(rule.urgency),
        certainty=frozenset(rule.certainty),
        category=frozenset(rule.category),
        event=frozenset(rule.event),
        region=frozenset(rule.region),
    )


def renderer_of(settings: Settings, link_root: str) -> Renderer:
    """Return what renders texts; ``link_root`` is where warnings' pages are found."""
    return Renderer(
        templates=shipped("templates"),
        overrides=settings.templates.directory,
        fallback_languages=tuple(settings.municipality.languages),
        time_zone=ZoneInfo(settings.municipality.time_zone),
        municipality=settings.municipality.names,
        link=lambda warning_id: f"{link_root}/warnings/{warning_id}",
        standing=lambda info: standing_instruction(settings.hazards, info),
    )


def standing_instruction(hazards: Mapping[str, Hazard], info: Info) -> str:
    """Return what the hazard register tells people whom the issuer gives no instruction."""
    named = {info.event, *(code.value for code in info.event_codes)}
    found = next(
        (
            hazard
            for code, hazard in hazards.items()
            if code in named or info.event in hazard.names.values()
        ),
        None,
    )
    return in_language(found.instructions, info.language) if found and found.instructions else ""


def bus_of(url: str) -> LocalBus:
    """Return the bus at an address.

    Raises:
        ConfigError: this release has none of that kind.
    """
    if url.rstrip(":/") != "local":
        raise ConfigError(f"bus.url: {url!r} is not served by this release; use local:")
    return LocalBus()
