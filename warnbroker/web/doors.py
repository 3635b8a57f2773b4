"""The page of one list: who is to be told face to face, opened by a link that nobody can guess."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from warnbroker.cap import parse_xml
from warnbroker.contracts.doorsteps import Answering, DoorstepStore, LinkSeal
from warnbroker.contracts.store import AlertStore, AuditStore, RegionStore
from warnbroker.model.actor import Actor
from warnbroker.model.alert import Info
from warnbroker.model.doorstep import DESK, Answer, Door, DoorList, Holder
from warnbroker.model.drill import mark_of
from warnbroker.model.event import Event
from warnbroker.model.record import AlertRecord
from warnbroker.model.region import Region
from warnbroker.render.languages import nearest
from warnbroker.web.answers import SECURITY
from warnbroker.web.painter import Painter
from warnbroker.web.reader import Reader, reader_of
from warnbroker.web.site import Site

PAGE = "last_mile.html.j2"
VIA = "page"
LARGEST = 4096
"""Bytes of an answer from the page."""

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


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a link opens."""

    found: DoorList
    record: AlertRecord
    holder: Holder | None


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
        reader = self._reader(request)
        opened = await self._open(request)
        if opened is None:
            return self._notice(request, reader)
        await self._note(request, opened)
        doors = await self.doorsteps.doors([opened.found])
        regions = {region.code: region for region in await self.regions.all()}
        info = await self._info(opened.record, reader)
        facts = self._facts(request, reader, opened, doors, regions, info)
        body = self._painter.paint(PAGE, reader, self.site.clock.now(), **facts)
        return self._page(body, reader)

    async def post_answer(self, request: web.Request) -> web.Response:
        """Take one answer and show the list again."""
        reader = self._reader(request)
        opened = await self._open(request)
        if opened is None:
            return self._notice(request, reader)
        if (request.content_length or 0) > LARGEST:
            raise web.HTTPRequestEntityTooLarge(max_size=LARGEST, actual_size=LARGEST + 1)
        form = await request.post()
        number, answer = str(form.get("number", "")), str(form.get("answer", ""))
        doors = await self.doorsteps.doors([opened.found])
        door = next((one for one in doors if str(one.number) == number), None)
        if door is None or answer not in set(Answer):
            return self._notice(request, reader, status=400)
        await self.book.answer(
            opened.record.id,
            [(door, Answer(answer))],
            via=VIA,
            actor=_actor(request, opened),
        )
        query = reader.query(saved=number)
        place = f"{self.site.root}/last-mile/{request.match_info['token']}{query}#saved"
        return web.Response(status=303, headers={**_HEADERS, "Location": place})

    def _reader(self, request: web.Request) -> Reader:
        return reader_of(request, self._painter.tongues)

    async def _open(self, request: web.Request) -> _Opened | None:
        list_id = self.seal.open(request.match_info["token"])
        found = await self.doorsteps.find(list_id) if list_id is not None else None
        if found is None:
            return None
        record = await self.alerts.get(found.alert_id)
        if self.site.clock.now() > record.expires + self.lasts:
            return None
        named = found.holder_id != DESK
        holder = await self.doorsteps.holder(found.holder_id) if named else None
        return _Opened(found, record, holder)

    async def _note(self, request: web.Request, opened: _Opened) -> None:
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

    async def _info(self, record: AlertRecord, reader: Reader) -> Info | None:
        document = record.document
        alert = await asyncio.to_thread(parse_xml, document, limit=len(document) + 1)
        spoken = {info.language: info for info in reversed(alert.infos)}
        tag = nearest(spoken, reader.texts.language, self.site.languages)
        return spoken.get(tag or next(iter(spoken), ""))

    def _facts(
        self,
        request: web.Request,
        reader: Reader,
        opened: _Opened,
        doors: Sequence[Door],
        regions: Mapping[str, Region],
        info: Info | None,
    ) -> Mapping[str, object]:
        language, record = reader.texts.language, opened.record
        is_over = record.expires <= self.site.clock.now()
        saved = request.query.get("saved", "")
        return {
            "path": f"/last-mile/{request.match_info['token']}",
            "refresh": 0,
            "info": info,
            "level": next((one for one in self.site.levels if one.code == record.level), None),
            "mark": mark_of(language) if record.standing.is_drill else "",
            "over": record.stopped_as or ("expired" if is_over else ""),
            "waiting": [door for door in doors if door.is_open],
            "answered": [door for door in doors if not door.is_open],
            "answers": list(Answer),
            "saved": next((door for door in doors if str(door.number) == saved), None),
            "place": {code: region.name(language) for code, region in regions.items()},
        }

    def _notice(self, request: web.Request, reader: Reader, *, status: int = 404) -> web.Response:
        body = self._painter.paint(
            "notice.html.j2", reader, self.site.clock.now(), path="/", refresh=0, what="no_list"
        )
        return self._page(body, reader, status=status)

    def _page(self, body: bytes, reader: Reader, *, status: int = 200) -> web.Response:
        return web.Response(
            body=body,
            status=status,
            content_type="text/html",
            charset="utf-8",
            headers={**_HEADERS, "Content-Language": reader.texts.language},
        )


def _actor(request: web.Request, opened: _Opened) -> Actor:
    name = f"holder:{opened.holder.ref}" if opened.holder else "desk list"
    return Actor(name, request.remote or "")
