"""The van channel: one plan per alert, one sheet per loudspeaker van."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

import structlog

from channels._release import check_delivery, check_publication
from channels.van import readiness
from channels.van.briefing import is_marked_drill, make_briefing, make_request, next_revision
from channels.van.child import ChildError, in_child
from channels.van.favour import favoured, turn_of
from channels.van.files import read_plan, sheet_of, write_plan, write_sheet
from channels.van.fleet import Van, read_fleet
from channels.van.model import Kind, Plan, VanPlan
from channels.van.planning import make_plan
from channels.van.request import PlanRequest
from channels.van.settings import VanSettings
from warnbroker.contracts import CONTRACT_VERSION, ChannelContext
from warnbroker.errors import FileError, PermanentSendError, TemporarySendError
from warnbroker.model.alert import Position
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.event import Event
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Reason, Receipt, State
from warnbroker.model.standing import Standing
from warnbroker.model.subscriber import AddressKind

_log = structlog.get_logger()


class VanChannel:
    """Routing sheets for loudspeaker vans; the recipients are the vans of the fleet.

    A sheet made is HANDED_OFF and no more: that a crew has it, and that it announced, are
    other people's words.
    """

    name: ClassVar[str] = "van"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    address_kind: ClassVar[AddressKind | None] = None
    Settings: ClassVar[type[VanSettings]] = VanSettings

    def __init__(self, settings: VanSettings) -> None:
        """Read the fleet.

        Raises:
            ConfigError: its file is missing or wrong; names it and the key.
        """
        self._settings = settings
        self.concurrency: int = settings.concurrency
        self.receipt_timeout: float | None = settings.receipt_timeout
        self._fleet = read_fleet(
            settings.fleet, kmh=settings.announcing_kmh, radius=settings.audible_radius_m
        )

    async def open(self, context: ChannelContext) -> None:
        """Remember the clock and the municipality."""
        self._context = context

    async def close(self) -> None:
        """Hold nothing, so release nothing."""

    def faults(self) -> Sequence[str]:
        """Return one line for each missing file, library or font.

        Without a PDF printer the channel still works: sheets are then HTML pages.
        """
        return tuple(readiness.faults(self._settings))

    def targets(self, publication: Publication) -> Sequence[Target]:
        """Return every van of the fleet: one without work is told to stand by."""
        standing = Standing.of(publication.alert)
        if not (standing.is_sent and standing.is_for_all):
            return ()
        return tuple(Target(van.id, _language(van, publication)) for van in self._fleet.vans)

    async def prepare(self, publication: Publication) -> None:
        """Plan the routes of all vans, unless the alert has its plan already.

        Raises:
            TemporarySendError: the roads cannot be read, or the plan cannot be written, now.
            PermanentSendError: the alert is not for everybody, or a drill lacks its mark.
        """
        check_publication(publication, everybody=True)
        if await asyncio.to_thread(self._has_plan, publication.id):
            return
        request = await asyncio.to_thread(self._request, publication)
        plan = await self._plan(request)
        try:
            await asyncio.to_thread(write_plan, plan, self._settings.directory)
        except OSError as error:
            raise TemporarySendError(Reason.FAULT, f"the plan was not written: {error}") from error

    async def send(self, delivery: Delivery) -> Receipt:
        """Write one van's sheet: PDF, GeoJSON, GPX and CSV.

        Where the machine cannot print, the page stays HTML and the receipt says so.

        Raises:
            TemporarySendError: there is no plan yet, or a file could not be made now.
            PermanentSendError: the alert may not be announced, a drill or its plan lacks the mark,
                or the plan knows no such van.
        """
        standing = check_delivery(delivery, everybody=True)
        plan, part = await self._work(delivery)
        if standing.is_drill and not is_marked_drill(plan):
            raise PermanentSendError(Reason.UNMARKED, "the plan lacks the drill's mark")
        try:
            written = await asyncio.to_thread(write_sheet, plan, part, self._settings.directory)
        except OSError as error:
            raise TemporarySendError(Reason.FAULT, f"no sheet was written: {error}") from error
        if written.fault is not None and not written.fault.lasting:
            raise TemporarySendError(Reason.FAULT, str(written.fault))
        return _receipt(plan, part, written.paths[-1].suffix)

    async def favour(
        self, publication: Publication, where: Sequence[tuple[Position, int]], turn: int
    ) -> None:
        """Plan the next revision for people at those places; the same turn again does nothing.

        Raises:
            TemporarySendError: the roads cannot be read, or the plan cannot be written, now.
            PermanentSendError: the alert is not for everybody, or a drill lacks its mark.
        """
        check_publication(publication, everybody=True)
        folder = self._settings.directory
        # The first plan is for everybody.
        await self.prepare(publication)
        known, revision = await asyncio.to_thread(turn_of, publication.id, folder)
        if known >= turn:
            return
        request = await asyncio.to_thread(self._request, publication)
        try:
            asked = await asyncio.to_thread(favoured, request, where, turn, revision, folder)
            await asyncio.to_thread(write_plan, await self._plan(asked), folder)
        except OSError as error:
            raise TemporarySendError(Reason.FAULT, f"the plan was not written: {error}") from error

    async def look_up(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """Return a receipt if the van's sheet lies in the alert's folder.

        ``since`` does not matter: a sheet is the same, whatever the attempt.

        Raises:
            TemporarySendError: the folder cannot be read now.
            PermanentSendError: the plan knows no such van.
        """
        plan, part = await self._work(delivery)
        sheet = await asyncio.to_thread(sheet_of, plan, part, self._settings.directory)
        return _receipt(plan, part, sheet.suffix) if sheet else None

    def _has_plan(self, alert: str) -> bool:
        try:
            return read_plan(alert, self._settings.directory) is not None
        except FileError as error:
            _log.warning(Event.CHANNEL_FAULT, channel=self.name, alert=alert, fault=str(error))
            return False

    def _request(self, publication: Publication) -> PlanRequest:
        revision = next_revision(publication, self._settings.directory)
        zone, names = self._context.time_zone, self._context.names
        briefing = make_briefing(publication, zone, names, revision)
        now = self._context.clock.now()
        return make_request(publication, self._settings, self._fleet, briefing, now)

    async def _plan(self, request: PlanRequest) -> Plan:
        """Search in another process; without readable population by the streets alone.

        A Cancel needs no search: it stops the vans at once.
        """
        if request.briefing.kind is Kind.CANCEL:
            return make_plan(request)
        try:
            return await in_child(make_plan, request)
        except ChildError as error:
            raise TemporarySendError(Reason.FAULT, f"no plan was made: {error}") from error
        except FileError as error:
            if request.population is None:
                raise TemporarySendError(Reason.FAULT, str(error)) from error
            _log.error(
                Event.CHANNEL_FAULT, channel=self.name, alert=request.alert, fault=str(error)
            )
            return await self._plan(replace(request, population=None))

    async def _work(self, delivery: Delivery) -> tuple[Plan, VanPlan]:
        try:
            plan = await asyncio.to_thread(read_plan, delivery.key.alert, self._settings.directory)
        except FileError as error:
            raise TemporarySendError(Reason.FAULT, str(error)) from error
        if plan is None:
            raise TemporarySendError(Reason.NOT_PUBLISHED, "the alert was not prepared")
        part = plan.of(delivery.address)
        if part is None:
            raise PermanentSendError(Reason.RECIPIENT, "the plan knows no van of that id")
        return plan, part


def _language(van: Van, publication: Publication) -> str:
    spoken = filter(van.speaks, publication.languages)
    return next(spoken, next(iter(publication.languages), ""))


def _receipt(plan: Plan, part: VanPlan, suffix: str) -> Receipt:
    return Receipt(
        State.HANDED_OFF,
        provider="van",
        provider_ref=f"{part.van.id}-r{plan.briefing.revision}",
        code="" if suffix == ".pdf" else suffix.removeprefix("."),
    )
