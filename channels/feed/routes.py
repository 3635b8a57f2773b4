"""The public addresses of the feeds and of the CAP messages."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import orjson
from aiohttp import web

from channels.feed.document import OPEN, Document, answer
from channels.feed.library import EVERYWHERE, NEVER
from channels.feed.press import Press
from channels.feed.series import PUBLIC, Series
from channels.feed.shelf import Shelf
from channels.feed.writer import CAP_TYPE
from warnbroker.contracts import ChannelContext

_ID = re.compile(r"[a-z2-7]{26}")
_KEPT_CAPS = 256
_LOOK_AGAIN = timedelta(seconds=5)
_PREFLIGHT = {
    **OPEN,
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
}


class FeedRoutes:
    """Answers readers of one series; what is in memory is served without waiting."""

    def __init__(self, shelf: Shelf, series: Series = PUBLIC) -> None:
        self._shelf = shelf
        self._series = series
        self._press: Press | None = None
        self._caps: dict[str, Document] = {}
        self._looked = datetime.min.replace(tzinfo=UTC)

    def open(self, context: ChannelContext, press: Press) -> None:
        """Begin to answer."""
        self._context = context
        self._press = press

    def close(self) -> None:
        """Answer 503 from now on."""
        self._press = None

    def table(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        scope = "{scope}" if self._series.public else self._series.name
        feed, cap = f"/feeds/{scope}.{{form:rss|atom}}", f"/{self._series.cap}/{{id}}.xml"
        return (
            web.get(feed, self._get_feed),
            web.options(feed, _preflight),
            web.get(cap, self._get_cap),
            web.options(cap, _preflight),
        )

    async def _get_feed(self, request: web.Request) -> web.Response:
        press = self._press
        if press is None:
            return _problem(503, "The feeds are not open yet; ask again in a moment.")
        scope = request.match_info.get("scope", EVERYWHERE)
        if not await self._knows(press, scope):
            return _problem(404, "There is no region of that code.")
        key = press.key(scope, request.query.get("lang", ""), request.match_info["form"])
        now = self._context.clock.now()
        printed = press.fresh(key, now)
        if printed is None:
            printed = await asyncio.to_thread(press.printed, key, now)
        return answer(request, printed.document, now, printed.until)

    async def _get_cap(self, request: web.Request) -> web.Response:
        if self._press is None:
            return _problem(503, "The messages are not open yet; ask again in a moment.")
        alert_id = request.match_info["id"]
        document = self._caps.get(alert_id)
        if document is None and _ID.fullmatch(alert_id):
            document = await asyncio.to_thread(self._load, alert_id)
        if document is None:
            return _problem(404, "There is no alert of that id.")
        return answer(request, document, self._context.clock.now(), NEVER)

    async def _knows(self, press: Press, scope: str) -> bool:
        """Look a region up; the whole tree is read again at most every five seconds."""
        now = self._context.clock.now()
        if not press.knows(scope) and now - self._looked >= _LOOK_AGAIN:
            self._looked = now
            press.learn_regions(await self._context.regions())
        return press.knows(scope)

    def _load(self, alert_id: str) -> Document | None:
        cap = self._shelf.cap(alert_id)
        entry = self._press.library.get(alert_id) if self._press else None
        if cap is None or entry is None:
            return None
        while len(self._caps) >= _KEPT_CAPS:
            del self._caps[next(iter(self._caps))]
        document = Document(cap, CAP_TYPE, entry.written.replace(microsecond=0))
        self._caps[alert_id] = document
        return document


async def _preflight(_: web.Request) -> web.Response:
    return web.Response(status=204, headers=_PREFLIGHT)


def _problem(status: int, detail: str) -> web.Response:
    body = {"type": "about:blank", "title": _TITLES[status], "status": status, "detail": detail}
    headers = {**OPEN, "Content-Type": "application/problem+json"}
    return web.Response(status=status, body=orjson.dumps(body), headers=headers)


_TITLES = {404: "Not Found", 503: "Service Unavailable"}
