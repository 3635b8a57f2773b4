"""Errors as problem documents (RFC 9457); the only place that maps an error to a status."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict

import orjson
from aiohttp import web

from warnbroker.cap.document import shorten
from warnbroker.errors import (
    AlertError,
    ConfirmationError,
    ConflictError,
    DecisionError,
    Fault,
    ForbiddenError,
    NotFoundError,
    SignatureError,
    SigningError,
    StoreError,
    TooLargeError,
    UnreadableError,
    UnsignedError,
    WarnbrokerError,
)
from warnbroker.log import log
from warnbroker.model.event import Event

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class UnauthorisedError(WarnbrokerError):
    """The request carries no key that is known and valid."""


_STATUS: Mapping[type[WarnbrokerError], tuple[int, str]] = {
    UnauthorisedError: (401, "A key is needed"),
    AlertError: (422, "The alert breaks rules"),
    ConfirmationError: (422, "The decision is not confirmed"),
    DecisionError: (409, "It cannot be decided now"),
    UnreadableError: (400, "The body cannot be read"),
    TooLargeError: (413, "The body is too large"),
    ForbiddenError: (403, "Not permitted"),
    SignatureError: (403, "The signature is wrong"),
    UnsignedError: (403, "The signature is missing or wrong"),
    SigningError: (503, "The alert cannot be signed"),
    ConflictError: (409, "The identity is taken"),
    NotFoundError: (404, "Not found"),
    StoreError: (503, "The ledger is not available; try again"),
}


def _of(error: WarnbrokerError) -> web.Response:
    status, title = _STATUS.get(type(error), (500, "It went wrong here"))
    if isinstance(error, AlertError):
        return problem(status, title, errors=shorten(error.faults))
    return problem(status, title, str(error))


def _of_server(error: web.HTTPException) -> web.Response:
    plain = f"{error.status}: {error.reason}"
    detail = error.text if error.text and error.text != plain else ""
    response = problem(error.status, error.reason, detail)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def problem(
    status: int, title: str, detail: str = "", errors: Sequence[Fault] = ()
) -> web.Response:
    """Return a problem document."""
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = [
            {key: value for key, value in asdict(fault).items() if value is not None}
            for fault in errors
        ]
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return web.Response(
        body=orjson.dumps(body),
        status=status,
        content_type="application/problem+json",
        headers=headers,
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a problem document."""
    try:
        return await handler(request)
    except WarnbrokerError as error:
        return _of(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _of_server(error)
    except ConnectionError:  # the caller has gone; the server knows what to do
        raise
    except Exception:  # a fault of ours must not show its inside to the caller
        resource = request.match_info.route.resource
        log.exception(Event.STEP_FAILED, step="http", path=resource.canonical if resource else "")
        return problem(500, "It went wrong here", "the log of the broker says what")
