"""``/v1/alerts/{id}/last-mile``: who is to be told face to face, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from warnbroker.api.access import operator
from warnbroker.api.body import read_body
from warnbroker.api.incidents import faults_of
from warnbroker.api.paging import cursor_of, limit_of
from warnbroker.api.seen import alert_of
from warnbroker.api.summary import iso, json_response
from warnbroker.contracts.doorsteps import DoorstepStore, LinkSeal
from warnbroker.contracts.store import AlertStore, AuditStore, IssuerStore
from warnbroker.errors import ReportError
from warnbroker.intake.door_file import SEEN, rows_of, written
from warnbroker.intake.door_rows import AnswerRow, matched
from warnbroker.intake.doorbook import Doorbook
from warnbroker.model.actor import Actor
from warnbroker.model.doorstep import DESK, Door, DoorList
from warnbroker.model.event import Event
from warnbroker.model.record import AlertRecord

LARGEST = 4 * 1024 * 1024
"""Bytes of a file of answers."""

VIA = "api"
CSV = "text/csv"
_PRIVATE = {"Cache-Control": "no-store"}


class AnswerBody(BaseModel):
    """One answer as it comes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ref: str
    answer: str
    answered_at: str | None = None


class AnswersBody(BaseModel):
    """Answers as they come."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answers: list[AnswerBody]


@dataclass(frozen=True, slots=True)
class LastMileResource:
    """The handlers; ``url`` is where the pages of holders are."""

    doorsteps: DoorstepStore
    book: Doorbook
    alerts: AlertStore
    issuers: IssuerStore
    audit: AuditStore
    seal: LinkSeal
    url: str

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/v1/alerts/{id}/last-mile", self.get_lists),
            web.post("/v1/alerts/{id}/last-mile", self.post_answers),
        ]

    async def get_lists(self, request: web.Request) -> web.Response:
        """Return the lists of an alert and who is on them; each look is recorded."""
        issuer = await operator(request, self.issuers)
        record = await alert_of(request, self.alerts)
        form = request.query.get("format", "json")
        if form not in {"json", "csv"}:
            raise web.HTTPBadRequest(text="format must be one of json, csv")
        lists = await self.doorsteps.lists(record.id)
        doors = await self.doorsteps.doors(lists)
        detail = {"via": VIA, "format": form, "people": len(doors)}
        actor = Actor(issuer.name, request.remote or "")
        await self.audit.append(actor, Event.LIST_SEEN, record.public_id, detail)
        if form == "csv":
            return _csv(record, lists, doors)
        response = json_response(await self._json(request, lists, doors))
        response.headers.update(_PRIVATE)
        return response

    async def _json(
        self, request: web.Request, lists: Sequence[DoorList], doors: Sequence[Door]
    ) -> dict[str, object]:
        first, limit = cursor_of(request), limit_of(request)
        numbers = {item.id: item.number for item in lists}
        page = doors[first : first + limit]
        after = str(first + limit) if first + limit < len(doors) else None
        return {
            "lists": [await self._list(item, doors) for item in lists],
            "items": [door_json(door, numbers[door.list_id]) for door in page],
            "next": after,
        }

    async def _list(self, found: DoorList, doors: Sequence[Door]) -> dict[str, object]:
        holder = await self.doorsteps.holder(found.holder_id) if found.holder_id != DESK else None
        mine = [door for door in doors if door.list_id == found.id]
        return {
            "list": found.number,
            "step": found.action,
            "holder": holder.ref if holder else None,
            "name": holder.name if holder else None,
            "people": found.size,
            "open": sum(door.is_open for door in mine),
            "told": found.tellings,
            "link": f"{self.url}/last-mile/{self.seal.seal(found.id)}",
        }

    async def post_answers(self, request: web.Request) -> web.Response:
        """Take answers, as CSV or JSON: all of them, or none."""
        issuer = await operator(request, self.issuers)
        record = await alert_of(request, self.alerts)
        if request.content_type not in {CSV, "application/json"}:
            raise web.HTTPUnsupportedMediaType(text=f"send {CSV} or application/json")
        body = await read_body(request, LARGEST)
        doors = await self.doorsteps.doors(await self.doorsteps.lists(record.id))
        is_csv = request.content_type == CSV
        rows = rows_of(body) if is_csv else _rows(body)
        answers = matched(rows, doors, "line " if is_csv else "answers.")
        actor = Actor(issuer.name, request.remote or "")
        new = await self.book.answer(record.id, answers, via=VIA, actor=actor)
        return json_response({"recorded": new, "unchanged": _people(rows) - new})


def _rows(body: bytes) -> Sequence[AnswerRow]:
    try:
        read = AnswersBody.model_validate_json(body)
    except ValidationError as error:
        raise ReportError(faults_of(error)) from None
    return [_row(number, item) for number, item in enumerate(read.answers)]


def _row(number: int, item: AnswerBody) -> AnswerRow:
    # Null says that there was no answer; left out, nothing is said of what there was.
    seen = (item.answered_at or "") if SEEN in item.model_fields_set else None
    return AnswerRow(number, item.ref, item.answer, seen)


def _people(rows: Sequence[AnswerRow]) -> int:
    return len({row.ref for row in rows if row.answer})


def door_json(door: Door, number: int) -> dict[str, object]:
    """Return somebody on a list."""
    return {
        "list": number,
        "number": door.number,
        "ref": door.ref,
        "name": door.name,
        "role": door.role,
        "language": door.language,
        "phone": door.phone or None,
        "region": door.region or None,
        "position": list(door.position) if door.position else None,
        "sent": dict(door.sent),
        "answer": door.answer,
        "by": door.by or None,
        "answered_at": iso(door.answered_at),
    }


def _csv(record: AlertRecord, lists: Sequence[DoorList], doors: Sequence[Door]) -> web.Response:
    text = written(doors, {item.id: item.number for item in lists})
    name = f"last-mile-{record.public_id}.csv"
    headers = {**_PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    # The mark at its beginning tells spreadsheets that it is UTF-8.
    return web.Response(text=f"\ufeff{text}", content_type=CSV, charset="utf-8", headers=headers)
