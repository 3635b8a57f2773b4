"""``/v1/alerts/{id}/approve`` and the other decisions about an alert."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from warnbroker.api.access import caller
from warnbroker.api.body import read_body
from warnbroker.api.course import CourseView
from warnbroker.api.problem import language_of
from warnbroker.api.seen import alert_of
from warnbroker.api.summary import json_response
from warnbroker.contracts.store import AlertStore, IssuerStore
from warnbroker.errors import UnreadableError
from warnbroker.intake.release.confirmation import Confirmation
from warnbroker.intake.release.release import Release, Words
from warnbroker.model.decision import Act

LARGEST = 16 * 1024
"""Bytes of a body; a reason is a sentence."""

_Text = Annotated[str, Field(max_length=2000)]
_ACTS = (
    Act.APPROVE,
    Act.REJECT,
    Act.WITHDRAW,
    Act.OVERRIDE,
    Act.COUNTERSIGN,
    Act.ADMIT,
)


class ConfirmationBody(BaseModel):
    """The typed confirmation as it comes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: _Text = ""
    level: _Text = ""
    area: _Text = ""
    people: Annotated[int, Field(strict=True, ge=0)] | None = None


class DecisionBody(BaseModel):
    """What is sent with a decision; ``step`` is the one that the sender saw as the next."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    confirmation: ConfirmationBody = ConfirmationBody()
    reason: _Text = ""
    step: _Text = ""


@dataclass(frozen=True, slots=True)
class DecisionResource:
    """The handlers of decisions; each answers like ``GET /v1/alerts/{id}``."""

    release: Release
    alerts: AlertStore
    issuers: IssuerStore
    courses: CourseView

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [web.post(f"/v1/alerts/{{id}}/{act}", self._handler(act)) for act in _ACTS]

    def _handler(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        return partial(self._decide, act)

    async def _decide(self, act: Act, request: web.Request) -> web.Response:
        by = await caller(request, self.issuers)
        words = _words(await read_body(request, LARGEST))
        record = await alert_of(request, self.alerts)
        decided = await self.release.decide(act, record, by, words, origin=request.remote or "")
        return json_response(await self.courses.whole(decided, language_of(request)))


def _words(body: bytes) -> Words:
    """Read a body; none at all says nothing.

    Raises:
        UnreadableError: it is not what a decision looks like.
    """
    try:
        read = DecisionBody.model_validate_json(body) if body.strip() else DecisionBody()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise UnreadableError(f"{where}: {first['msg']}") from None
    typed = read.confirmation
    return Words(
        confirmation=Confirmation(typed.status, typed.level, typed.area, typed.people),
        reason=read.reason,
        step=read.step,
    )
