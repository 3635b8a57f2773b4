"""What is refused at the routes that take alerts goes into the record."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from aiohttp import web

from warnbroker.api.access import CALLER
from warnbroker.errors import StoreError, WarnbrokerError
from warnbroker.intake.refusals import REFUSED, Refusals
from warnbroker.log import log
from warnbroker.model.event import Event

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TAKING = frozenset({"/v1/alerts", "/v1/alerts/{id}/cancel", "/v1/alerts/{id}/correct", "/v1/relay"})
"""The paths where alerts come in."""

SUBJECT = web.RequestKey("subject", str)
"""Where a request keeps the public id of the alert that it brings, once that is known."""


def recorded(routes: Iterable[web.RouteDef], refusals: Refusals) -> Sequence[web.RouteDef]:
    """Return routes of which those that take alerts record what they refuse."""
    return [
        web.post(route.path, _recording(route.handler, refusals))
        if route.method == "POST" and route.path in TAKING
        else route
        for route in routes
    ]


def _recording(handler: Handler, refusals: Refusals) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except REFUSED as error:
            await _note(request, error, refusals)
            raise

    return handle


async def _note(request: web.Request, error: WarnbrokerError, refusals: Refusals) -> None:
    issuer = request.get(CALLER)
    # A stranger is not an issuer, and a rehearsal is not an attempt.
    if issuer is None or request.query.get("dry_run", "false").lower() == "true":
        return
    subject = request.get(SUBJECT) or request.match_info.get("id", "")[:26]
    try:
        await refusals.note(issuer, request.remote or "", subject, error)
    except StoreError as refused:  # the caller's own fault is the answer
        log.error(Event.STEP_FAILED, step="refusals", error=str(refused))
