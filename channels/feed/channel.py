"""The feed channel: publishes alerts as RSS, Atom and CAP, and proves that they can be read."""

import asyncio
import os
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import structlog
from aiohttp import web

from channels._release import check_delivery, check_publication
from channels.feed.entry import Entry, entry_of
from channels.feed.hub import ping
from channels.feed.press import FORMS, Press
from channels.feed.proof import missing
from channels.feed.routes import FeedRoutes
from channels.feed.series import PUBLIC, TEST, Series
from channels.feed.settings import FeedSettings
from channels.feed.shelf import Shelf
from warnbroker.contracts import CONTRACT_VERSION, ChannelContext
from warnbroker.errors import PermanentSendError, TemporarySendError
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Reason, Receipt, State
from warnbroker.model.standing import Standing
from warnbroker.model.subscriber import AddressKind

_log = structlog.get_logger()

_TICK = 1.0
"""Seconds between looks for entries that expired, or that another process wrote."""


class FeedChannel:
    """Feeds of all alerts in force; the only recipient is the public."""

    name: ClassVar[str] = "feed"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    address_kind: ClassVar[AddressKind | None] = None
    placeless: ClassVar[bool] = True
    Settings: ClassVar[type[FeedSettings]] = FeedSettings
    concurrency = 1
    receipt_timeout: float | None = None

    def __init__(self, settings: FeedSettings) -> None:
        self._settings = settings
        self._shelves = {
            PUBLIC: Shelf(settings.directory),
            TEST: Shelf(settings.directory / TEST.name),
        }
        self._routes = {
            series: FeedRoutes(shelf, series) for series, shelf in self._shelves.items()
        }
        self._presses: dict[Series, Press] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, context: ChannelContext) -> None:
        """Read what was published before, print it, and keep it current."""
        self._context = context
        regions = await context.regions()
        for series, shelf in self._shelves.items():
            self._presses[series] = Press(self._settings, context, shelf, series)
            self._presses[series].learn_regions(regions)
        await asyncio.to_thread(self._start)
        for series, routes in self._routes.items():
            routes.open(context, self._presses[series])
        self._spawn(self._keep_current())

    async def close(self) -> None:
        """Stop keeping the feeds current."""
        for routes in self._routes.values():
            routes.close()
        for task in tuple(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def faults(self) -> Sequence[str]:
        """Say so if the directory cannot be written."""
        folder = _nearest(self._settings.directory)
        if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
            return ()
        return (f"channels.feed.directory: {self._settings.directory} cannot be written",)

    def targets(self, publication: Publication) -> Sequence[Target]:
        """Return the public, or for a drill those who test their readers."""
        standing = Standing.of(publication.alert)
        if not (standing.is_sent and standing.is_for_all):
            return ()
        return (Target("test" if standing.is_drill else "public"),)

    async def prepare(self, publication: Publication) -> None:
        """Publish the alert in every feed that it belongs to, a drill in the test feed alone.

        Raises:
            PermanentSendError: the alert is not for everybody, or a drill lacks its mark.
            TemporarySendError: the directory cannot be written now.
        """
        series = _series(check_publication(publication, everybody=True))
        press = self._presses[series]
        press.learn_regions(publication.regions)
        entry = entry_of(publication, self._context.clock.now())
        try:
            await asyncio.to_thread(press.publish, entry, publication.cap)
        except OSError as error:
            raise TemporarySendError(Reason.NOT_PUBLISHED, _what(error)) from error
        self._tell_hub(series, entry.regions)

    async def send(self, delivery: Delivery) -> Receipt:
        """Read the alert back from the feeds, and its CAP message from its place.

        Raises:
            TemporarySendError: it cannot be read there.
            PermanentSendError: it may not be published, it has expired, or another alert has
                taken its place.
        """
        series = _series(check_delivery(delivery, everybody=True))
        alert_id, library = delivery.key.alert, self._presses[series].library
        entry = library.get(alert_id)
        if entry is None:
            raise TemporarySendError(Reason.NOT_PUBLISHED, "the alert was not prepared")
        if library.is_superseded(alert_id):
            raise PermanentSendError(Reason.SUPERSEDED, "a later alert has taken its place")
        if entry.expires <= self._context.clock.now():
            raise PermanentSendError(Reason.EXPIRED, "the alert has expired")
        fault = await asyncio.to_thread(self._prove, series, entry)
        if fault:
            raise TemporarySendError(Reason.NOT_PUBLISHED, fault)
        return Receipt(State.DELIVERED, provider=self.name, provider_ref=alert_id)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the feeds and the CAP messages, those with a name of their own first."""
        return (*self._routes[TEST].table(), *self._routes[PUBLIC].table())

    def _prove(self, series: Series, entry: Entry) -> str:
        """Return what of an alert cannot be read; mend the feeds, so that the next try can."""
        press = self._presses[series]
        try:
            fault = missing(entry, press, self._shelves[series])
            if fault:
                press.mend()
        except OSError as error:
            return _what(error)
        return fault

    def _start(self) -> None:
        for shelf in self._shelves.values():
            shelf.make()
        self._refresh()

    def _refresh(self) -> None:
        for press in self._presses.values():
            press.refresh(self._context.clock.now())

    async def _keep_current(self) -> None:
        fault = ""
        while True:
            await self._context.clock.sleep(_TICK)
            try:
                await asyncio.to_thread(self._refresh)
                fault = ""
            except OSError as error:
                # A full disk must not end the loop: memory serves on, the next tick tries again.
                if fault != _what(error):
                    fault = _what(error)
                    _log.error("feed_directory_fault", error=fault)

    def _tell_hub(self, series: Series, regions: Sequence[str]) -> None:
        if self._settings.hub:
            root = self._context.public_url.rstrip("/")
            scopes = (series.name, *(regions if series.public else ()))
            feeds = [f"{root}/feeds/{scope}.{form}" for scope in scopes for form in FORMS]
            self._spawn(ping(self._context.session, str(self._settings.hub), feeds))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _series(standing: Standing) -> Series:
    return TEST if standing.is_drill else PUBLIC


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    return next((path for path in (folder, *folder.parents) if path.exists()), folder)


def _what(error: OSError) -> str:
    return error.strerror or type(error).__name__
