"""The broadcast channel: one package per alert and station, and the stations' answers."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import structlog

from channels._release import check_delivery, check_publication
from channels._speech import engine_fault
from channels.broadcast.desk import Desk
from channels.broadcast.newsroom import Newsroom
from channels.broadcast.settings import BroadcastSettings
from channels.broadcast.stations import Station, load_stations
from channels.broadcast.studio import Studio
from warnbroker.contracts import CONTRACT_VERSION, ChannelContext
from warnbroker.errors import PermanentSendError, TemporarySendError
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.event import Event
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Evidence, Reason, Receipt
from warnbroker.model.standing import Standing
from warnbroker.model.subscriber import AddressKind

_log = structlog.get_logger()


class BroadcastChannel:
    """Packages for radio, television and loudspeaker stations; the recipients are the stations."""

    name: ClassVar[str] = "broadcast"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    address_kind: ClassVar[AddressKind | None] = None
    Settings: ClassVar[type[BroadcastSettings]] = BroadcastSettings

    def __init__(self, settings: BroadcastSettings) -> None:
        """Read the stations.

        Raises:
            ConfigError: their file is wrong; names it and the key.
        """
        self._settings = settings
        self.concurrency: int = settings.concurrency
        self.receipt_timeout: float | None = settings.ack_timeout
        stations = load_stations(settings.stations)
        self._desks = {station.id: Desk(settings.directory, station) for station in stations}
        self._studio = Studio(settings.directory / ".audio", settings.speech_timeout)
        self._newsroom = Newsroom(settings, self._studio)
        self._open_faults: tuple[str, ...] = ()
        self._collect_faults: dict[str, str] = {}

    async def open(self, context: ChannelContext) -> None:
        """Make the stations' folders, clear away half-written packages, test the voices."""
        self._context = context
        folders = await asyncio.to_thread(self._lay_out)
        self._open_faults = (*folders, *(await self._voice_faults()))

    async def close(self) -> None:
        """Forget what was prepared."""
        self._newsroom.clear()

    def faults(self) -> Sequence[str]:
        """Return one line for each fault of stations, folders and voices.

        Without a voice the channel still works; its packages carry no sound.
        """
        faults = []
        if not self._desks:
            faults.append(f"channels.broadcast.stations: {self._settings.stations} names none")
        if not _creatable(self._settings.directory):
            faults.append(
                f"channels.broadcast.directory: {self._settings.directory} cannot be written"
            )
        if self._settings.speech and (fault := engine_fault()):
            faults.append(_soundless(fault))
        return tuple(dict.fromkeys((*faults, *self._open_faults)))

    def region_names(self) -> Sequence[tuple[str, Iterable[str]]]:
        """Return the regions that the file of the stations names."""
        file = self._settings.stations
        stations = [desk.station for desk in self._desks.values()]
        return [(f"{file}: stations.{item.id}.regions", item.regions) for item in stations]

    def targets(self, publication: Publication) -> Sequence[Target]:
        """Return the stations heard where a public alert is meant for, each once.

        A drill is for those whose profile takes drills.
        """
        standing = Standing.of(publication.alert)
        if not (standing.is_sent and standing.is_for_all):
            return ()
        heard = self._heard_in(publication)
        return tuple(Target(station.id, station.languages[0]) for station in heard)

    async def prepare(self, publication: Publication) -> None:
        """Read the alert aloud in every language that a station takes sound in.

        Raises:
            PermanentSendError: the alert is not for everybody, or a drill lacks its mark.
        """
        check_publication(publication, everybody=True)
        self._newsroom.drop_expired(self._context.clock.now())
        await self._newsroom.prepare(publication, self._heard_in(publication))

    async def send(self, delivery: Delivery) -> Receipt:
        """Drop the station's package.

        Raises:
            TemporarySendError: the folder cannot be written now, or nothing was prepared.
            PermanentSendError: the alert may not be broadcast or has expired, there is no such
                station, it takes no drills, or another package of that name is there.
            UnknownOutcome: the package was dropped, but could not be read back.
        """
        standing = check_delivery(delivery, everybody=True)
        desk = self._desks.get(delivery.address)
        if desk is None:
            raise PermanentSendError(Reason.RECIPIENT, "no station of that id is configured")
        if standing.is_drill and not desk.station.profile.drills:
            raise PermanentSendError(Reason.POLICY, "the station takes no drills")
        if delivery.expires <= self._context.clock.now():
            raise PermanentSendError(Reason.EXPIRED, "the alert has expired")
        story = self._newsroom.story(delivery.key.alert)
        if story is None:
            raise TemporarySendError(Reason.NOT_PUBLISHED, "the alert was not prepared")
        made = await self._newsroom.programmes(story, desk.station, delivery.message)
        return await asyncio.to_thread(desk.hand_over, story.publication, delivery, made)

    async def look_up(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """Return a receipt if the delivery's package lies in the station's folder.

        ``since`` does not matter: a package is dropped once, whatever the attempt.

        Raises:
            TemporarySendError: the folder cannot be read now.
        """
        desk = self._desks.get(delivery.address)
        return await asyncio.to_thread(desk.look_up, delivery.key) if desk else None

    async def collect(self) -> Sequence[Evidence]:
        """Return what the stations answered since; ``answers`` says what it proves."""
        return await asyncio.to_thread(self._collect)

    def _heard_in(self, publication: Publication) -> list[Station]:
        codes = {region.code for region in publication.regions}
        is_drill = Standing.of(publication.alert).is_drill
        stations = [desk.station for desk in self._desks.values()]
        return [
            station
            for station in stations
            if station.covers(codes) and (station.profile.drills or not is_drill)
        ]

    def _lay_out(self) -> list[str]:
        faults = [desk.lay_out() for desk in self._desks.values()]
        try:
            self._studio.tidy()
        except OSError as error:
            faults.append(f"channels.broadcast.directory: {error.strerror}")
        return list(filter(None, faults))

    async def _voice_faults(self) -> list[str]:
        if not self._settings.speech or engine_fault():
            return []
        listening = [d.station for d in self._desks.values() if d.station.profile.audio]
        languages = dict.fromkeys(tag for station in listening for tag in station.languages)
        faults = await asyncio.gather(*map(self._studio.fault, languages))
        return [_soundless(fault) for fault in faults if fault]

    def _collect(self) -> list[Evidence]:
        evidence: list[Evidence] = []
        for name, desk in self._desks.items():
            try:
                evidence += desk.collect()
                self._collect_faults.pop(name, None)
            except OSError as error:
                # One station's folder must not keep the others' answers from being read.
                self._report(name, error.strerror or type(error).__name__)
        return evidence

    def _report(self, station: str, fault: str) -> None:
        if self._collect_faults.get(station) != fault:
            self._collect_faults[station] = fault
            _log.error(Event.CHANNEL_FAULT, channel=self.name, station=station, fault=fault)


def _soundless(fault: str) -> str:
    return f"packages carry no sound: {fault}"


def _creatable(folder: Path) -> bool:
    nearest = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
