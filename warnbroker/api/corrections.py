"""``/v1/alerts/{id}/cancel`` and ``/correct``: take back or correct what was published."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from warnbroker.api.access import caller
from warnbroker.api.body import read_body
from warnbroker.api.problem import language_of
from warnbroker.api.seen import alert_of
from warnbroker.contracts.store import AlertStore, IssuerStore
from warnbroker.errors import UnreadableError
from warnbroker.intake.accept import Accepted
from warnbroker.intake.ending import Ending, Words
from warnbroker.intake.retract import Request, Retraction
from warnbroker.model.record import AlertRecord

XML_TYPES = frozenset({"application/cap+xml", "application/xml", "text/xml"})
JSON = "application/json"
LONGEST_KEY = 255

Answer = Callable[[Accepted, str], Awaitable[web.Response]]
_Text = Annotated[str, Field(max_length=4000)]


class WordsBody(BaseModel):
    """What is to be said in one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    headline: Annotated[str, Field(max_length=160)] = ""
    description: _Text = ""
    instruction: _Text = ""


class EndingBody(BaseModel):
    """Why a warning ends, and in which words, by language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Literal["error", "lifted"]
    note: _Text = ""
    texts: Mapping[str, WordsBody] = {}


@dataclass(frozen=True, slots=True)
class CorrectionResource:
    """The handlers; ``answer`` says what became of the message made. ``max_body`` is in bytes."""

    retraction: Retraction
    alerts: AlertStore
    issuers: IssuerStore
    answer: Answer
    max_body: int

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/v1/alerts/{id}/cancel", self.post_cancel),
            web.post("/v1/alerts/{id}/correct", self.post_correct),
        ]

    async def post_cancel(self, request: web.Request) -> web.Response:
        """End a warning by one Cancel that refers to all of it."""
        asked = await self._request(request)
        if request.content_type != JSON:
            raise web.HTTPUnsupportedMediaType(text=f"send {JSON}")
        ending = _ending(await read_body(request, self.max_body))
        accepted = await self.retraction.cancel(await self._find(request), ending, asked)
        return await self.answer(accepted, language_of(request))

    async def post_correct(self, request: web.Request) -> web.Response:
        """Replace what a warning says by one Update that refers to all of it."""
        asked = await self._request(request)
        if request.content_type not in XML_TYPES | {JSON}:
            raise web.HTTPUnsupportedMediaType(text=f"send {', '.join(sorted(XML_TYPES | {JSON}))}")
        content = await read_body(request, self.max_body)
        accepted = await self.retraction.correct(
            await self._find(request), content, is_json=request.content_type == JSON, request=asked
        )
        return await self.answer(accepted, language_of(request))

    async def _request(self, request: web.Request) -> Request:
        by = await caller(request, self.issuers)
        unknown = sorted(request.query)
        if unknown:
            raise web.HTTPBadRequest(text=f"there is no parameter {unknown[0][:40]!r}")
        key = request.headers.get("Idempotency-Key", "").strip()
        if len(key) > LONGEST_KEY:
            text = f"Idempotency-Key may have {LONGEST_KEY} characters at most"
            raise web.HTTPBadRequest(text=text)
        return Request(by, key, request.remote or "")

    async def _find(self, request: web.Request) -> AlertRecord:
        return await alert_of(request, self.alerts)


def _ending(body: bytes) -> Ending:
    try:
        read = EndingBody.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise UnreadableError(f"{where}: {first['msg']}") from None
    texts = {
        language: Words(words.headline, words.description, words.instruction)
        for language, words in read.texts.items()
    }
    return Ending(read.reason, read.note, texts)
