"""Every route of the server, over the parts of one process."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from warnbroker.api.alerts import AlertResource
from warnbroker.api.area import AreaView
from warnbroker.api.channels import ChannelResource
from warnbroker.api.corrections import CorrectionResource
from warnbroker.api.course import CourseView
from warnbroker.api.decisions import DecisionResource
from warnbroker.api.deliveries import DeliveryResource
from warnbroker.api.drills import DrillResource
from warnbroker.api.findings import FindingResource
from warnbroker.api.health import HealthResource
from warnbroker.api.incidents import IncidentResource
from warnbroker.api.issuers import IssuerResource
from warnbroker.api.last_mile import LastMileResource
from warnbroker.api.receipts import ReceiptResource
from warnbroker.api.record import RecordResource
from warnbroker.api.refused import recorded
from warnbroker.api.rehearsal import ForecastResource
from warnbroker.api.relay import RelayResource
from warnbroker.api.reports import ReportResource
from warnbroker.api.schemas import schema_routes
from warnbroker.api.suppressions import SuppressionResource
from warnbroker.api.warnings import WarningResource
from warnbroker.app.authorities import terms_of
from warnbroker.app.parts import Parts
from warnbroker.app.signing import signatures_of
from warnbroker.cap.gbt import Register
from warnbroker.contracts.channel import RouteProvider
from warnbroker.intake.accept import Intake
from warnbroker.intake.contingency import DrillRules
from warnbroker.intake.in_force import WarningsInForce
from warnbroker.intake.relayed import RelayIntake, RelayLimits
from warnbroker.intake.resend import Resend
from warnbroker.intake.retract import Retraction
from warnbroker.intake.translated import Translator
from warnbroker.report.incidents import Desk
from warnbroker.web.doors import DoorPages
from warnbroker.web.pages import public_routes
from warnbroker.web.site import Site

Routes = Sequence[web.RouteDef]


def routes_of(parts: Parts) -> Routes:
    """Return every route; what the API refuses is noted for the record."""
    found = [
        *_alert_routes(parts),
        *RelayResource(_relay_intake(parts), parts.store.issuers).routes(),
        *_public_routes(parts),
        *_office_routes(parts),
        *_record_routes(parts),
        *_door_routes(parts),
        *_channel_routes(parts),
    ]
    return recorded(found, parts.refusals)


def _alert_routes(parts: Parts) -> Routes:
    store, limit = parts.store, parts.settings.server.max_body
    intake = _intake(parts)
    zone = parts.settings.municipality.time_zone
    courses = CourseView(parts.release, zone)
    alerts = AlertResource(
        intake,
        store.alerts,
        store.deliveries,
        store.issuers,
        parts.progress,
        parts.forecaster,
        courses,
        limit,
        Translator(store.alerts, parts.clock, Register.of(parts.authorities)),
        AreaView(store.regions, parts.scale),
    )
    retraction = Retraction(store.alerts, store.issuers, intake, parts.release, parts.clock)
    return [
        *alerts.routes(),
        *CorrectionResource(retraction, store.alerts, store.issuers, alerts.answer, limit).routes(),
        *DecisionResource(parts.release, store.alerts, store.issuers, courses).routes(),
        *ForecastResource(parts.forecaster, store.alerts, store.issuers, zone).routes(),
    ]


def _intake(parts: Parts) -> Intake:
    return Intake(
        parts.store.alerts,
        parts.store.regions,
        parts.remit,
        parts.bus,
        parts.clock,
        parts.ids,
        parts.policy,
        parts.scope,
        parts.gates,
        signatures_of(parts.settings),
    )


def _relay_intake(parts: Parts) -> RelayIntake:
    settings, store = parts.settings, parts.store
    return RelayIntake(
        store.alerts,
        store.regions,
        parts.remit,
        parts.bus,
        parts.clock,
        parts.ids,
        parts.policy,
        signatures_of(settings),
        RelayLimits(
            body=settings.server.max_body,
            resource=settings.relay.largest_resource,
            reissue=timedelta(seconds=settings.relay.reissue_within),
        ),
    )


def _public_routes(parts: Parts) -> Routes:
    store = parts.store
    in_force = WarningsInForce(store.alerts, store.regions, parts.scale, parts.clock)
    return [
        *schema_routes(),
        *WarningResource(in_force, store.issuers, parts.clock).routes(),
        *HealthResource(store.alerts).routes(),
        *public_routes(in_force, _site(parts)),
    ]


def _site(parts: Parts) -> Site:
    municipality = parts.settings.municipality
    return Site(
        clock=parts.clock,
        public_url=parts.url,
        time_zone=ZoneInfo(municipality.time_zone),
        languages=tuple(municipality.languages),
        names=municipality.names,
        levels=parts.scale.levels,
        templates=parts.settings.templates.directory,
    )


def _office_routes(parts: Parts) -> Routes:
    store, municipality = parts.store, parts.settings.municipality
    zone = ZoneInfo(municipality.time_zone)
    issuers = IssuerResource(
        store.issuers,
        store.regions,
        terms_of(parts.settings),
        parts.clock,
        zone,
        municipality.authority,
        parts.ids,
    )
    drills = DrillResource(
        store.drills,
        DrillRules(store.alerts),
        store.issuers,
        parts.clock,
        parts.ids,
        zone,
        municipality.authority,
        parts.settings.drills.goal,
    )
    suppressions = SuppressionResource(parts.suppressing, store.issuers)
    return [*issuers.routes(), *drills.routes(), *suppressions.routes()]


def _record_routes(parts: Parts) -> Routes:
    store, authority = parts.store, parts.settings.municipality.authority
    desk = Desk(store.regions, parts.clock)
    return [
        *RecordResource(store.audit, store.alerts, store.issuers).routes(),
        *IncidentResource(store.incidents, store.issuers, desk, parts.ids, authority).routes(),
        *FindingResource(parts.conduct, store.findings, store.issuers).routes(),
    ]


def _door_routes(parts: Parts) -> Routes:
    store = parts.store
    lists = LastMileResource(
        store.doorsteps,
        parts.doorbook,
        store.alerts,
        store.issuers,
        store.audit,
        store.seal,
        parts.url,
    )
    pages = DoorPages(
        store.doorsteps,
        parts.doorbook,
        store.alerts,
        store.regions,
        store.audit,
        store.seal,
        _site(parts),
        parts.settings.escalation.link_lasts,
    )
    return [*lists.routes(), *pages.routes()]


def _resend(parts: Parts) -> Resend:
    store = parts.store
    return Resend(
        store.deliveries,
        store.audit,
        parts.recorder,
        parts.bus,
        parts.clock,
        frozenset(parts.channels),
    )


def _channel_routes(parts: Parts) -> Routes:
    store, zone = parts.store, parts.settings.municipality.time_zone
    own = [
        route
        for channel in parts.channels.values()
        if isinstance(channel, RouteProvider)
        for route in channel.routes()
    ]
    return [
        *ChannelResource(parts.board, store.issuers, zone).routes(),
        *DeliveryResource(_resend(parts), store.deliveries, store.issuers, zone).routes(),
        *ReportResource(
            parts.channels,
            store.issuers,
            store.alerts,
            store.deliveries,
            parts.recorder,
            parts.hearing,
        ).routes(),
        *ReceiptResource(parts.channels, parts.recorder, parts.hearing, parts.url).routes(),
        *own,
    ]
