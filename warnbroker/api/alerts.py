"""``/v1/alerts``: post one, look at it, follow it."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from warnbroker.api.access import CALLER, caller
from warnbroker.api.area import AreaView
from warnbroker.api.body import read_body
from warnbroker.api.course import CourseView
from warnbroker.api.outlook import outlook_json
from warnbroker.api.problem import fault_json, language_of
from warnbroker.api.progress import Progress
from warnbroker.api.refused import SUBJECT
from warnbroker.api.seen import alert_of, may_see
from warnbroker.api.summary import iso, json_response, summary
from warnbroker.api.translation import GBT_PARAMETERS, losses_json, wishes_of
from warnbroker.cap import Parsed, read_json, read_xml
from warnbroker.cap.gbt import CONTENT_TYPE
from warnbroker.cap.parse import Judge
from warnbroker.cap.signature import unsigned
from warnbroker.contracts.store import COUNTERSIGN, AlertStore, DeliveryStore, IssuerStore
from warnbroker.dispatch.forecast.forecaster import Forecaster
from warnbroker.errors import AlertError, Fault
from warnbroker.intake.accept import LONG, Accepted, Body, Draft, Intake
from warnbroker.intake.translated import Translator
from warnbroker.model.identity import alert_public_id
from warnbroker.model.ladder import DOOR
from warnbroker.model.receipt import State
from warnbroker.model.record import AlertRecord, AlertState, History

XML_TYPES = frozenset({"application/cap+xml", "application/xml", "text/xml"})
JSON_TYPES = frozenset({"application/json"})
TYPES = XML_TYPES | JSON_TYPES | {CONTENT_TYPE}
TYPES_WANTED = f"send {', '.join(sorted(TYPES))}"
Lost = dict[str, object]
NOTHING: Lost = {}
LARGEST_PAGE = 1000
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class AlertResource:
    """The handlers of ``/v1/alerts``; ``max_body`` is in bytes."""

    intake: Intake
    alerts: AlertStore
    deliveries: DeliveryStore
    issuers: IssuerStore
    progress: Progress
    forecaster: Forecaster
    courses: CourseView
    max_body: int
    translator: Translator
    areas: AreaView

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/v1/alerts", self.post_alert),
            web.get("/v1/alerts", self.get_alerts),
            web.get("/v1/alerts/{id}", self.get_alert),
            web.get("/v1/alerts/{id}/cap", self.get_cap),
            web.get("/v1/alerts/{id}/progress", self.get_progress),
            web.get("/v1/alerts/{id}/deliveries", self.get_deliveries),
        ]

    async def post_alert(self, request: web.Request) -> web.Response:
        """Accept an alert: 202, or 200 where it was accepted before."""
        issuer = await caller(request, self.issuers)
        rehearsal, flow = _is_dry_run(request), _flow(request, self.intake.policy.offered)
        body = Body(await self._body(request), request.content_type, request.remote or "")
        parsed, lost = await self._read(request, body)
        request[SUBJECT] = alert_public_id(parsed.alert)
        try:
            if rehearsal:
                found = await self.intake.examine(issuer, parsed.alert, body, flow=flow)
                return await self._rehearse(found, parsed, language_of(request), lost)
            accepted = await self.intake.accept(issuer, parsed.alert, body, flow=flow)
        except AlertError as error:
            error.faults = parsed.locate((*error.faults, *parsed.warnings))
            raise
        warnings = parsed.locate((*parsed.warnings, *accepted.warnings))
        accepted = replace(accepted, warnings=warnings)
        return await self.answer(accepted, language_of(request), lost)

    async def _read(self, request: web.Request, body: Body) -> tuple[Parsed, Lost]:
        wishes = wishes_of(request)
        if body.content_type != CONTENT_TYPE:
            return await _parsed(body, self.max_body, self.intake.judge), {}
        found = await self.translator.translate(body.content, self.max_body, wishes)
        return Parsed(found.alert, (), {}), losses_json(found.losses)

    async def answer(
        self, accepted: Accepted, language: str = "en", lost: Lost = NOTHING
    ) -> web.Response:
        """Answer for an alert that was taken: 202, or 200 where it had been before."""
        body = await self.courses.brief(accepted.record) | lost
        body |= await self.areas.of(accepted.record)
        if accepted.new:
            body |= {"warnings": _rows(accepted.warnings, language)}
        response = json_response(body, status=202 if accepted.new else 200)
        response.headers["Location"] = f"/v1/alerts/{accepted.record.public_id}"
        return response

    async def get_alerts(self, request: web.Request) -> web.Response:
        """Return alerts, oldest first, of one state or all, a page each."""
        await caller(request, self.issuers)
        query = request.query
        standing = _one_of(query.get("state", ""), ("", *AlertState, COUNTERSIGN), "state")
        limit = _limit(query.get("limit", "100"))
        page = await self.alerts.page(standing, _number(query.get("cursor", "0")), limit)
        seen = [record for record in page if may_see(request[CALLER], record)]
        language = language_of(request)
        items = [await self.courses.listed(record, language) for record in seen]
        after = str(page[-1].id) if len(page) == limit else None
        zone = self.courses.time_zone
        return json_response({"items": items, "next": after, "time_zone": zone})

    async def _rehearse(
        self, found: Draft | AlertRecord, parsed: Parsed, language: str, lost: Lost
    ) -> web.Response:
        record = found.record if isinstance(found, Draft) else found
        advice = found.warnings if isinstance(found, Draft) else ()
        rows = _rows(parsed.locate((*parsed.warnings, *advice)), language)
        outlook = outlook_json(await self.forecaster.of(record), language)
        said = (
            summary(record, self.intake.clock.now())
            | {"dry_run": True, "warnings": rows, "time_zone": self.courses.time_zone}
            | outlook
            | lost
            | await self.areas.of(record)
        )
        return json_response(said)

    async def get_alert(self, request: web.Request) -> web.Response:
        """Return one alert, its state and its clock."""
        await caller(request, self.issuers)
        record = await self._find(request)
        whole = await self.courses.whole(record, language_of(request))
        return json_response(whole | await self.areas.of(record))

    async def get_cap(self, request: web.Request) -> web.Response:
        """Return the CAP XML of one alert; nobody gets our signature before it is released."""
        await caller(request, self.issuers)
        record = await self._find(request)
        released = record.state.is_released
        document = record.document if released else unsigned(record.document)
        return web.Response(body=document, content_type="application/cap+xml")

    async def get_progress(self, request: web.Request) -> web.Response:
        """Return counts by channel and state."""
        await caller(request, self.issuers)
        return json_response(await self.progress.of(await self._find(request)))

    async def get_deliveries(self, request: web.Request) -> web.StreamResponse:
        """Return deliveries with their attempts and receipts, a page each."""
        await caller(request, self.issuers)
        record = await self._find(request)
        query = request.query
        _one_of(query.get("state", ""), ("", *State), "state")
        await self._known_channel(record, query.get("channel", ""))
        if _one_of(query.get("format", "json"), ("json", "csv"), "format") == "csv":
            return await _csv(request, self._all(record, query))
        limit = _limit(query.get("limit", "100"))
        page = await self._page(record, query, _number(query.get("cursor", "0")), limit)
        notices = await self.deliveries.notices(record.id, [history.id for history in page])
        items = [delivery_json(history, notice=history.id in notices) for history in page]
        after = str(page[-1].id) if len(page) == limit else None
        zone = self.courses.time_zone
        return json_response({"items": items, "next": after, "time_zone": zone})

    async def _known_channel(self, record: AlertRecord, name: str) -> None:
        """Refuse a name that is no channel; one that was configured once may have deliveries."""
        known = {*self.progress.channels, DOOR}
        if name and name not in known:
            known |= (await self.deliveries.counts(record.id)).keys()
            _one_of(name, sorted(known), "channel")

    async def _page(
        self, record: AlertRecord, query: Any, after: int, limit: int
    ) -> Sequence[History]:
        return await self.deliveries.page(
            record.id,
            channel=query.get("channel", ""),
            state=query.get("state", ""),
            after=after,
            limit=limit,
        )

    async def _all(self, record: AlertRecord, query: Any) -> AsyncIterator[Sequence[History]]:
        after = 0
        while page := await self._page(record, query, after, LARGEST_PAGE):
            yield page
            after = page[-1].id

    async def _find(self, request: web.Request) -> AlertRecord:
        return await alert_of(request, self.alerts)

    async def _body(self, request: web.Request) -> bytes:
        if request.content_type not in TYPES:
            raise web.HTTPUnsupportedMediaType(text=TYPES_WANTED)
        return await read_body(request, self.max_body)


async def _parsed(body: Body, limit: int, judge: Judge) -> Parsed:
    """Read a body; where its form is broken, ``judge`` tells what else is."""
    read = read_json if body.content_type in JSON_TYPES else read_xml
    if len(body.content) < LONG:
        return read(body.content, limit, judge)
    return await asyncio.to_thread(read, body.content, limit, judge)


def _rows(faults: Iterable[Fault], language: str) -> list[dict[str, object]]:
    return [fault_json(fault, language) for fault in faults]


def _is_dry_run(request: web.Request) -> bool:
    """Read the query; what we do not understand must not publish anything."""
    unknown = sorted(set(request.query) - {"dry_run", "flow", *GBT_PARAMETERS})
    if unknown:
        raise web.HTTPBadRequest(text=f"there is no parameter {unknown[0][:40]!r}")
    word = _one_of(request.query.get("dry_run", "false").lower(), ("true", "false"), "dry_run")
    return word == "true"


def _flow(request: web.Request, offered: Sequence[str]) -> str:
    return _one_of(request.query.get("flow", ""), ("", *offered), "flow")


def delivery_json(history: History, *, notice: bool) -> dict[str, object]:
    """Return a delivery with its attempts and receipts, without its address.

    A ``notice`` is what an office is told beside the public.
    """
    return {
        "id": str(history.id),
        "channel": history.channel,
        "state": history.state,
        "notice": notice,
        "due": iso(history.due_at),
        "delayed_by": history.delayed_by,
        "expires": iso(history.expires),
        "late": history.late,
        "step": history.step or None,
        "attempts": [
            {
                "number": item.number,
                "started": iso(item.started_at),
                "repeat": item.repeat,
                "provider": item.provider,
            }
            for item in history.attempts
        ],
        "receipts": [
            {
                "attempt": number,
                "state": receipt.state,
                "provider": receipt.provider,
                "ref": receipt.provider_ref,
                "reason": receipt.reason,
                "code": receipt.code,
            }
            for number, receipt in history.receipts
        ],
    }


async def _csv(request: web.Request, pages: AsyncIterator[Sequence[History]]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/csv; charset=utf-8"})
    await response.prepare(request)
    await response.write(b"id,channel,state,attempts,repeats,last_code\r\n")
    async for page in pages:
        lines = [
            ",".join(
                (
                    f"{history.id},{history.channel},{history.state},{len(history.attempts)}",
                    str(sum(attempt.repeat for attempt in history.attempts)),
                    _cell(history.receipts[-1][1].code if history.receipts else ""),
                )
            )
            for history in page
        ]
        await response.write(("\r\n".join(lines) + "\r\n").encode())
    await response.write_eof()
    return response


def _cell(text: str) -> str:
    # A provider's word must not become a formula in somebody's spreadsheet.
    safe = "'" + text if text[:1] in {"=", "+", "-", "@"} else text
    return '"' + safe.replace('"', '""') + '"' if any(c in safe for c in ',"\r\n') else safe


def _limit(text: str) -> int:
    return min(max(_number(text), 1), LARGEST_PAGE)


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > LARGEST_ID:
        raise web.HTTPBadRequest(text="cursor and limit must be whole numbers")
    return int(text)


def _one_of(text: str, words: Iterable[str], name: str) -> str:
    if text not in words:
        known = ", ".join(filter(None, words))
        raise web.HTTPBadRequest(text=f"{name} must be one of {known}")
    return text
