"""The public pages: all warnings in force, and one page for each warning there ever was."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog
from aiohttp import web

from warnbroker.contracts.public import PublicWarning, PublicWarnings, WarningState
from warnbroker.errors import WarnbrokerError
from warnbroker.model.region import Region
from warnbroker.web.answers import Body, answer
from warnbroker.web.atlas import Picture, draw
from warnbroker.web.painter import Painter
from warnbroker.web.reader import Reader, reader_of
from warnbroker.web.site import Site
from warnbroker.web.views import View, gravest_first, state_at, view

NEVER = datetime.max.replace(tzinfo=UTC)
REFRESH = 60
"""Seconds after which a page loads itself again."""
_KEPT = timedelta(seconds=1)
_MAX_AGE = 10
_MOST_PAGES = 256
_HTML = "text/html; charset=utf-8"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Page:
    """A page, right ``until`` something in it expires, kept until ``stale``."""

    body: Body
    status: int
    until: datetime
    stale: datetime


_Maker = Callable[[Reader, datetime], Awaitable[_Page]]


def public_routes(source: PublicWarnings, site: Site) -> list[web.RouteDef]:
    """Return the routes of the pages that everybody may see.

    Raises:
        ConfigError: the operator's own texts cannot be read.
    """
    painter = Painter(site)
    pages = _Pages(source, site, painter)
    return [
        web.get("/", pages.get_home),
        web.get("/warnings/{id}", pages.get_warning),
        web.get("/static/{name}", painter.assets.get),
    ]


class _Pages:
    """Makes each page at most once a second, however many people ask for it."""

    def __init__(self, source: PublicWarnings, site: Site, painter: Painter) -> None:
        self._source = source
        self._site = site
        self._painter = painter
        self._kept: dict[object, _Page] = {}
        self._lock = asyncio.Lock()

    async def get_home(self, request: web.Request) -> web.Response:
        """Serve the warnings in force."""
        return await self._serve(request, "", self._home)

    async def get_warning(self, request: web.Request) -> web.Response:
        """Serve one warning, also when it is over."""
        warning_id = request.match_info["id"]

        async def make(reader: Reader, now: datetime) -> _Page:
            return await self._warning(warning_id, reader, now)

        return await self._serve(request, warning_id, make)

    async def _serve(self, request: web.Request, name: str, make: _Maker) -> web.Response:
        reader = reader_of(request, self._painter.tongues)
        key = (name, reader.key)
        page = self._fresh(key)
        if page is None:
            async with self._lock:
                page = self._fresh(key) or await self._made(key, reader, make)
        left = int((page.until - self._site.clock.now()).total_seconds())
        age = max(0, min(_MAX_AGE, left)) if page.status == 200 else 0
        response = answer(
            request, page.body, max_age=age, vary="Accept-Language", status=page.status
        )
        response.headers["Content-Language"] = reader.texts.language
        return response

    def _fresh(self, key: object) -> _Page | None:
        page = self._kept.get(key)
        return page if page and self._site.clock.now() < page.stale else None

    async def _made(self, key: object, reader: Reader, make: _Maker) -> _Page:
        now = self._site.clock.now()
        try:
            page = await make(reader, now)
        except WarnbrokerError as error:
            # People must learn that they see nothing, rather than take it for "no warnings".
            _log.error("public_page_failed", error=str(error))
            return self._notice("failed", 503, reader, now)
        if page.status == 200:
            self._kept.pop(key, None)
            while len(self._kept) >= _MOST_PAGES:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = page
        return page

    async def _home(self, reader: Reader, now: datetime) -> _Page:
        warnings = gravest_first(await self._source.in_force(now))
        regions = await self._source.regions()
        holding = [warning for warning in warnings if state_at(warning, now).holds]
        cancelled = [w for w in warnings if state_at(w, now) == WarningState.CANCELLED]
        until = _until(holding)

        def paint() -> bytes:
            return self._painter.paint(
                "home.html.j2",
                reader,
                now,
                path="/",
                refresh=_refresh(reader, until, now),
                warnings=self._views(holding, reader, now),
                ended=self._views(cancelled, reader, now),
                picture=self._picture(regions, holding, reader),
            )

        return _page(await asyncio.to_thread(paint), now, until)

    async def _warning(self, warning_id: str, reader: Reader, now: datetime) -> _Page:
        warning = await self._source.get(warning_id)
        if warning is None:
            return self._notice("missing", 404, reader, now)
        if warning.id != warning_id:
            path = f"{self._site.root}/warnings/{warning.id}{reader.query()}"
            raise web.HTTPFound(path)
        regions = await self._source.regions()
        until = _until([warning] if state_at(warning, now).holds else [])

        def paint() -> bytes:
            [shown] = self._views([warning], reader, now)
            return self._painter.paint(
                "warning.html.j2",
                reader,
                now,
                path=f"/warnings/{warning.id}",
                refresh=_refresh(reader, until, now) if shown.state.holds else 0,
                warning=shown,
                picture=self._picture(regions, [warning], reader),
            )

        return _page(await asyncio.to_thread(paint), now, until)

    def _views(
        self, warnings: Sequence[PublicWarning], reader: Reader, now: datetime
    ) -> list[View]:
        return [view(warning, reader, self._site.languages, now) for warning in warnings]

    def _picture(
        self, regions: Sequence[Region], warnings: Sequence[PublicWarning], reader: Reader
    ) -> Picture | None:
        areas = [(warning.id, warning.area) for warning in warnings]
        return draw(regions, areas, reader.texts.language)

    def _notice(self, what: str, status: int, reader: Reader, now: datetime) -> _Page:
        refresh = _refresh(reader, NEVER, now) if status == 503 else 0
        page = self._painter.paint(
            "notice.html.j2", reader, now, path="/", refresh=refresh, what=what
        )
        return replace(_page(page, now, NEVER), status=status)


def _page(html: bytes, now: datetime, until: datetime) -> _Page:
    return _Page(Body(html, _HTML), 200, until, min(now + _KEPT, until))


def _until(holding: Sequence[PublicWarning]) -> datetime:
    return min((warning.newest.expires for warning in holding), default=NEVER)


def _refresh(reader: Reader, until: datetime, now: datetime) -> int:
    """Return the seconds after which to load the page again, 0 for never: soon after an expiry."""
    return 0 if reader.still else min(REFRESH, int((until - now).total_seconds()) + 1)
