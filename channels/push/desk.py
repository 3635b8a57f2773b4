"""Takes subscriptions in and lets them go, on behalf of whoever holds the browser."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from channels.push.identity import Identity
from channels.push.notes import Notes
from channels.push.pages import Pages
from channels.push.service import Note, Services
from channels.push.settings import PushSettings
from channels.push.subscription import Subscription
from warnbroker.contracts import ChannelContext, Enrolment
from warnbroker.errors import (
    EnrolmentError,
    Fault,
    SendError,
    TooLargeError,
    UnreadableError,
)
from warnbroker.log import log
from warnbroker.model.event import Event

_LARGEST = 16 * 1024
_MOST_REGIONS = 200
_REF = re.compile(r"push-[A-Za-z0-9_-]{24,64}")
_WELCOME_LASTS = 300
_KEY_REFUSED = frozenset({"401", "403"})
_NOT_OURS = _KEY_REFUSED | {"400", "404", "410"}


class Desk:
    """The routes of the channel; until it is open they answer 503."""

    def __init__(self, settings: PushSettings) -> None:
        self._settings = settings
        self._pages = Pages(settings)
        self._context: ChannelContext | None = None
        self._left = float(settings.enrolments_per_minute)
        self._counted: datetime | None = None

    def open(
        self, context: ChannelContext, identity: Identity, services: Services, notes: Notes
    ) -> None:
        """Begin to take subscriptions."""
        self._services, self._notes = services, notes
        self._pages.open(context, identity.public_key)
        self._context = context

    def close(self) -> None:
        """Answer 503 from now on."""
        self._context = None

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return (
            *self._pages.routes(),
            web.post("/push/subscribe", self._subscribe),
            web.post("/push/unsubscribe", self._unsubscribe),
        )

    async def _subscribe(self, request: web.Request) -> web.Response:
        context = self._opened()
        wish = await _body(request)
        subscription = self._subscription(wish)
        wait = self._wait(context.clock.now())
        if wait:
            return _busy(wait)
        enrolment = _enrolment(wish, subscription)
        await context.enrol(enrolment)
        # A browser that renews its subscription in the background has nothing to show.
        if not wish.get("renewed"):
            await self._welcome(context, subscription, enrolment.language)
        return web.Response(
            status=201, body=orjson.dumps({"ref": enrolment.ref}), content_type="application/json"
        )

    async def _welcome(
        self, context: ChannelContext, subscription: Subscription, language: str
    ) -> None:
        note = Note(self._notes.welcome(language), _WELCOME_LASTS, "normal", "welcome")
        try:
            await self._services.post(subscription, note)
        except SendError as error:
            # They are on the list; what is troubled now is tried again with the first warning.
            if error.code not in _NOT_OURS:
                return
            if error.code in _KEY_REFUSED:
                log.warning(
                    Event.CHANNEL_FAULT, channel="push", fault=f"our key is refused: {error}"
                )
            # Nobody keeps an address that its own service does not know, or not as ours.
            await context.forget("push", subscription.address)
            raise _refused("subscription", "its push service does not know it") from None

    async def _unsubscribe(self, request: web.Request) -> web.Response:
        context = self._opened()
        await context.forget("push", self._subscription(await _body(request)).address)
        return web.Response(status=204)

    def _subscription(self, wish: dict[str, Any]) -> Subscription:
        try:
            found = Subscription.read(wish.get("subscription"))
        except ValueError as error:
            raise _refused("subscription", str(error)) from None
        settings = self._settings
        if not found.is_of(settings.services, allow_http=settings.allow_http):
            raise _refused("subscription.endpoint", "it is at no push service that we know")
        return found

    def _wait(self, now: datetime) -> float:
        """Return the seconds until one more may be taken in, 0 for now: anybody may ask."""
        rate = self._settings.enrolments_per_minute / 60
        passed = (now - self._counted).total_seconds() if self._counted else 0.0
        self._left = min(rate * 60, self._left + max(0.0, passed) * rate)
        self._counted = now
        if self._left < 1:
            return (1 - self._left) / rate
        self._left -= 1
        return 0.0

    def _opened(self) -> ChannelContext:
        if self._context is None:
            raise web.HTTPServiceUnavailable(text="The channel is not open yet; ask again.")
        return self._context


def _enrolment(wish: dict[str, Any], subscription: Subscription) -> Enrolment:
    ref, regions = wish.get("ref") or "", wish.get("regions") or []
    if not isinstance(ref, str) or (ref and not _REF.fullmatch(ref)):
        raise _refused("ref", "it is none that was given here")
    if not isinstance(regions, list) or len(regions) > _MOST_REGIONS:
        raise _refused("regions", f"a list of {_MOST_REGIONS} region codes at most")
    if not all(isinstance(region, str) for region in regions):
        raise _refused("regions", "a list of region codes")
    return Enrolment(
        ref=ref or f"push-{secrets.token_urlsafe(24)}",
        kind="push",
        address=subscription.address,
        language=_text(wish, "language"),
        regions=() if wish.get("renewed") else tuple(regions),
        min_level=_text(wish, "level"),
    )


def _text(wish: dict[str, Any], name: str) -> str:
    value = wish.get(name) or ""
    if not isinstance(value, str) or len(value) > 64:
        raise _refused(name, "a short text")
    return value


async def _body(request: web.Request) -> dict[str, Any]:
    # A form of another site cannot send this type without asking first, which nobody answers.
    if request.content_type != "application/json":
        raise UnreadableError("send application/json")
    if (request.content_length or 0) > _LARGEST:
        raise TooLargeError(f"a subscription may be {_LARGEST} bytes long at most")
    content = bytearray()
    async for piece in request.content.iter_any():
        content += piece
        if len(content) > _LARGEST:
            raise TooLargeError(f"a subscription may be {_LARGEST} bytes long at most")
    try:
        wish = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UnreadableError("the body is no JSON") from error
    if not isinstance(wish, dict):
        raise UnreadableError("the body must be a JSON object")
    return wish


def _refused(path: str, message: str) -> EnrolmentError:
    return EnrolmentError([Fault("push", message, path)])


def _busy(wait: float) -> web.Response:
    body = {"type": "about:blank", "title": "Too many requests", "status": 429}
    return web.Response(
        status=429,
        body=orjson.dumps(body),
        content_type="application/problem+json",
        headers={"Retry-After": str(max(1, round(wait + 0.5)))},
    )
