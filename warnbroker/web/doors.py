"""The page of one list: who is to be told face to face, opened by a link that nobody can guess."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aiohttp import web

from warnbroker.contracts.doorsteps import Answering, DoorstepStore, LinkSeal
from warnbroker.contracts.store import AlertStore, AuditStore, RegionStore
from warnbroker.model.actor import Actor
from warnbroker.model.doorstep import DESK, Answer
from warnbroker.model.event import Event
from warnbroker.web.answers import SECURITY
from warnbroker.web.door_view import OpenedList, Said, facts
from warnbroker.web.painter import Painter
from warnbroker.web.reader import Reader, reader_of
from warnbroker.web.site import Site

PAGE = "last_mile.html.j2"
VIA = "page"
LARGEST = 4096
"""Bytes of an answer from the page."""

LONGEST = 10
"""Characters of a wrong number that are shown."""

SEEN_AGAIN = timedelta(minutes=10)
"""How long the record counts looks at one list as one."""

_HEADERS: Mapping[str, str] = {
    **SECURITY,
    "Content-Security-Policy": SECURITY["Content-Security-Policy"].replace(
        "form-action 'none'", "form-action 'self'"
    ),
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(slots=True)
class DoorPages:
    """Serves lists to whoever holds their links; ``lasts`` is how long after the warning's end."""

    doorsteps: DoorstepStore
    book: Answering
    alerts: AlertStore
    regions: RegionStore
    audit: AuditStore
    seal: LinkSeal
    site: Site
    lasts: timedelta
    _painter: Painter = field(init=False)
    _seen: dict[int, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the templates."""
        self._painter = Painter(self.site)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/last-mile/{token}", self.get_list),
            web.post("/last-mile/{token}", self.post_answer),
        ]

    async def get_list(self, request: web.Request) -> web.Response:
        """Serve a list; each look is recorded."""
        opened = await self._open(request)
        if opened is None:
            return self._no_list(request)
        await self._note(request, opened)
        said = Said(request.query.get("saved", ""))
        return await self._show(request, opened, said)

    async def post_answer(self, request: web.Request) -> web.Response:
        """Take one answer and show the list again."""
        opened = await self._open(request)
        if opened is None:
            return self._no_list(request)
        if (request.content_length or 0) > LARGEST:
            raise web.HTTPRequestEntityTooLarge(max_size=LARGEST, actual_size=LARGEST + 1)
        form = await request.post()
        number, answer = str(form.get("number", "")), str(form.get("answer", ""))
        doors = await self.doorsteps.doors([opened.found])
        door = next((one for one in doors if str(one.number) == number), None)
        if door is None or answer not in set(Answer):
            wrong = Said(number[:LONGEST], "number" if door is None else "answer")
            return await self._show(request, opened, wrong, status=400)
        given = [(door, Answer(answer))]
        actor = _actor(request, opened)
        await self.book.answer(opened.record.id, given, via=VIA, actor=actor)
        query = self._reader(request, opened).query(saved=number)
        place = f"{self.site.root}/last-mile/{request.match_info['token']}{query}#saved"
        return web.Response(status=303, headers={**_HEADERS, "Location": place})

    async def _show(
        self, request: web.Request, opened: OpenedList, said: Said, *, status: int = 200
    ) -> web.Response:
        reader = self._reader(request, opened)
        doors = await self.doorsteps.doors([opened.found])
        regions = await self.regions.all()
        shown = await facts(self.site, reader, opened, doors, regions, said)
        path = f"/last-mile/{request.match_info['token']}"
        body = self._painter.paint(PAGE, reader, self.site.clock.now(), path=path, **shown)
        return self._page(body, reader, status=status)

    def _reader(self, request: web.Request, opened: OpenedList | None = None) -> Reader:
        """Return the reader; the holder's language goes before the city's first."""
        reader = reader_of(request, self._painter.tongues)
        if opened is None or opened.holder is None:
            return reader
        liked = (*reader.wanted, opened.holder.language)
        return replace(reader, texts=self._painter.tongues.speak(liked))

    async def _open(self, request: web.Request) -> OpenedList | None:
        list_id = self.seal.open(request.match_info["token"])
        found = await self.doorsteps.find(list_id) if list_id is not None else None
        if found is None:
            return None
        record = await self.alerts.get(found.alert_id)
        if self.site.clock.now() > record.expires + self.lasts:
            return None
        named = found.holder_id != DESK
        holder = await self.doorsteps.holder(found.holder_id) if named else None
        return OpenedList(found, record, holder)

    async def _note(self, request: web.Request, opened: OpenedList) -> None:
        now, list_id = self.site.clock.now(), opened.found.id
        if now - self._seen.get(list_id, now - SEEN_AGAIN) < SEEN_AGAIN:
            return
        while len(self._seen) >= 10_000:
            self._seen.pop(next(iter(self._seen)))
        self._seen[list_id] = now
        detail = {"via": VIA, "list": opened.found.number, "people": opened.found.size}
        await self.audit.append(
            _actor(request, opened), Event.LIST_SEEN, opened.record.public_id, detail
        )

    def _no_list(self, request: web.Request) -> web.Response:
        reader, now = self._reader(request), self.site.clock.now()
        body = self._painter.paint(
            "notice.html.j2", reader, now, path="/", refresh=0, what="no_list"
        )
        return self._page(body, reader, status=404)

    def _page(self, body: bytes, reader: Reader, *, status: int = 200) -> web.Response:
        return web.Response(
            body=body,
            status=status,
            content_type="text/html",
            charset="utf-8",
            headers={**_HEADERS, "Content-Language": reader.texts.language},
        )


def _actor(request: web.Request, opened: OpenedList) -> Actor:
    name = f"holder:{opened.holder.ref}" if opened.holder else "desk list"
    return Actor(name, request.remote or "")
