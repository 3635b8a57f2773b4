"""Errors as problem documents (RFC 9457); the only place that maps an error to a status."""

import math
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

import orjson
from aiohttp import web

from warnbroker.cap.document import shorten
from warnbroker.cap.rules.catalogue import in_language
from warnbroker.errors import (
    AlertError,
    ConfirmationError,
    ConflictError,
    DecisionError,
    EnrolmentError,
    Fault,
    ForbiddenError,
    NotFoundError,
    ReportError,
    ResendError,
    SignatureError,
    SigningError,
    StaleError,
    StoreError,
    TooLargeError,
    UnreadableError,
    UnsignedError,
    WarnbrokerError,
)
from warnbroker.log import log
from warnbroker.model.event import Event

_WEIGHT = re.compile(r"[01](\.[0-9]{1,3})?")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class UnauthorisedError(WarnbrokerError):
    """The request carries no key that is known and valid."""


class TooManyError(WarnbrokerError):
    """The issuer asks too much; ``retry_after`` is in seconds."""

    def __init__(self, detail: str, retry_after: float) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


_STATUS: Mapping[type[WarnbrokerError], tuple[int, str]] = {
    UnauthorisedError: (401, "A key is needed"),
    AlertError: (422, "The alert breaks rules"),
    ConfirmationError: (422, "The decision is not confirmed"),
    ReportError: (422, "The report breaks rules"),
    DecisionError: (409, "It cannot be decided now"),
    TooManyError: (429, "Too many requests"),
    UnreadableError: (400, "The body cannot be read"),
    TooLargeError: (413, "The body is too large"),
    ForbiddenError: (403, "Not permitted"),
    SignatureError: (403, "The signature is wrong"),
    UnsignedError: (403, "The signature is missing or wrong"),
    SigningError: (503, "The alert cannot be signed"),
    ConflictError: (409, "The identity is taken"),
    EnrolmentError: (422, "The subscription breaks rules"),
    ResendError: (409, "It is not sent again"),
    StaleError: (409, "What it changes has changed"),
    NotFoundError: (404, "Not found"),
    StoreError: (503, "The ledger is not available; try again"),
}


def _of(error: WarnbrokerError, language: str) -> web.Response:
    status, title = _STATUS.get(type(error), (500, "It went wrong here"))
    if isinstance(error, AlertError):
        return problem(status, title, errors=shorten(error.faults), language=language)
    answer = problem(status, title, str(error))
    if isinstance(error, TooManyError):
        answer.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    return answer


def _of_server(error: web.HTTPException) -> web.Response:
    plain = f"{error.status}: {error.reason}"
    detail = error.text if error.text and error.text != plain else ""
    response = problem(error.status, error.reason, detail)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def problem(
    status: int, title: str, detail: str = "", errors: Sequence[Fault] = (), language: str = "en"
) -> web.Response:
    """Return a problem document; ``language`` is that of the messages of its errors."""
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = [fault_json(fault, language) for fault in errors]
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return web.Response(
        body=orjson.dumps(body),
        status=status,
        content_type="application/problem+json",
        headers=headers,
    )


def fault_json(fault: Fault, language: str) -> dict[str, object]:
    """Return a broken rule as an answer lists it; the line is left out where there is none."""
    row: dict[str, object] = {
        "rule": fault.rule,
        "level": fault.level,
        "path": fault.path,
        "message": in_language(fault, language),
    }
    return row if fault.line is None else row | {"line": fault.line}


def language_of(request: web.Request) -> str:
    """Return the language that messages are wanted in: zh where that is asked for before en."""
    wanted = {"zh": 0.0, "en": 0.0}
    for part in request.headers.get("Accept-Language", "")[:200].split(","):
        tag, _, weight = part.replace(" ", "").partition(";q=")
        primary = tag.partition("-")[0].lower()
        if primary in wanted:
            grade = float(weight) if _WEIGHT.fullmatch(weight) else 1.0
            wanted[primary] = max(wanted[primary], grade)
    return "zh" if wanted["zh"] > wanted["en"] else "en"


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a problem document."""
    try:
        return await handler(request)
    except WarnbrokerError as error:
        return _of(error, language_of(request))
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
