"""The simulated provider's HTTP face: the part of Twilio's API that sends, lists and shows."""

import socket
import struct
from base64 import b64encode
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Protocol

import orjson
from aiohttp import web

from warnbroker.contracts import Clock
from warnbroker.simulator.callbacks import Courier, Reporter
from warnbroker.simulator.faults import FaultRule, FaultScript, Slow, Throttle, pick
from warnbroker.simulator.journal import Journal, Kind
from warnbroker.simulator.records import API, Record, Records, new_sid, page_json
from warnbroker.simulator.requests import Form, Refusal

_ERRORS = "https://www.twilio.com/docs/errors/"
_REFUSALS = {
    "throttle": Refusal(429, 20429, "Too Many Requests"),
    "error_before_accepting": Refusal(500, 20500, "An internal server error has occurred"),
    "bad_number": Refusal(400, 21211, "Invalid 'To' Phone Number"),
    "unauthorized": Refusal(401, 20003, "Authenticate"),
}
_HANG_UP = "reset_before_accepting"


class Resource(Protocol):
    """What differs between messages and calls."""

    name: str
    kind: str
    prefix: str
    date: str

    def check(self, form: Form) -> Refusal | None:
        """Return why a request is refused, or None."""
        ...

    def text(self, form: Form) -> str:
        """Return the words that the API shows."""
        ...

    def journaled(self, form: Form) -> dict[str, Any]:
        """Return what the journal keeps of a request besides its addresses."""
        ...

    def show(self, record: Record) -> dict[str, Any]:
        """Return a record as the API shows it."""
        ...

    def live(
        self, record: Record, form: Form, rule: FaultRule | None, reporter: Reporter
    ) -> Coroutine[Any, Any, None]:
        """Move a record on to its end."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the provider serves."""

    sid: str
    auth_token: str

    @property
    def authorization(self) -> bytes:
        """Return the only Authorization header that is let in."""
        return b"Basic " + b64encode(f"{self.sid}:{self.auth_token}".encode())


@dataclass(frozen=True, slots=True)
class Far:
    """What the far end works with."""

    seed: int
    faults: FaultScript
    journal: Journal
    courier: Courier
    clock: Clock


class Twilio:
    """Takes requests for one account; each accepted one lives on in a task of the courier."""

    def __init__(self, account: Account, far: Far, *resources: Resource) -> None:
        self._account = account
        self._authorization = account.authorization
        self._far = far
        self._resources = {resource.name: resource for resource in resources}
        self._records = {resource.name: Records() for resource in resources}
        self._requests: Counter[tuple[str, str]] = Counter()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the API."""
        listing = API + "/Accounts/{account}/{resource:Messages|Calls}.json"
        single = API + "/Accounts/{account}/{resource:Messages|Calls}/{sid}.json"
        return [
            web.post(listing, self._create),
            web.get(listing, self._list),
            web.get(single, self._fetch),
        ]

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        resource = self._resources[request.match_info["resource"]]
        form = Form(body)
        refusal = self._stranger(request) or resource.check(form)
        to = form.get("To", "")
        self._requests[resource.kind, to] += 1
        nth = self._requests[resource.kind, to]
        rules = self._far.faults.sms if resource.kind == "sms" else self._far.faults.voice
        rule = None if refusal else pick(rules, self._far.seed, resource.kind, to, nth)
        fault = rule.fault if rule else ""
        refusal = refusal or _REFUSALS.get(fault)
        if refusal or fault == _HANG_UP:
            self._note_refusal(resource, form, nth, fault, refusal)
            return _answer(refusal, rule) if refusal else hang_up(request)
        record, reporter = self._accept(resource, form, nth, rule)
        if reporter.comes_first:
            await reporter.first()
        return await self._answer(request, resource.show(record), rule)

    def _accept(
        self, resource: Resource, form: Form, nth: int, rule: FaultRule | None
    ) -> tuple[Record, Reporter]:
        """Take a request: the journal first, then all the rest."""
        to, sender = form["To"], form.get("From", "") or form.get("MessagingServiceSid", "")
        record = Record(new_sid(resource.prefix), to, sender, nth, resource.text(form))
        far = self._far
        twist = pick(far.faults.callbacks, far.seed, f"{resource.kind} callbacks", to, nth)
        far.journal.write(
            Kind(resource.kind),
            nth=nth,
            to=to,
            sid=record.sid,
            fault=rule.fault if rule else "",
            callback_fault=twist.fault if twist else "",
            **{"from": sender},
            **resource.journaled(form),
        )
        self._records[resource.name].add(record)
        reporter = Reporter(
            far.courier, far.clock, form.get("StatusCallback", ""), record.sid, twist
        )
        far.courier.spawn(_live(resource, record, form, rule, reporter))
        return record, reporter

    async def _answer(
        self, request: web.Request, shown: dict[str, Any], rule: FaultRule | None
    ) -> web.StreamResponse:
        if isinstance(rule, Slow):
            await self._far.clock.sleep(rule.seconds)
        if rule and rule.fault == "error_after_accepting":
            return _answer(_REFUSALS["error_before_accepting"])
        if rule and rule.fault == "reset_after_request":
            return hang_up(request)
        return _json(shown, status=201)

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        stranger = self._stranger(request)
        if stranger:
            return _answer(stranger)
        name = request.match_info["resource"]
        record = self._records[name].get(request.match_info["sid"])
        if record is None:
            return _answer(_not_found(request))
        return _json(self._resources[name].show(record))

    async def _list(self, request: web.Request) -> web.StreamResponse:
        stranger = self._stranger(request)
        if stranger:
            return _answer(stranger)
        name = request.match_info["resource"]
        resource = self._resources[name]
        try:
            page = self._records[name].page(request.query, resource.date)
        except ValueError as error:
            return _answer(Refusal(400, 20001, f"Invalid parameter: {error}"))
        frame = page_json(page, name, self._account.sid, request.query)
        return _json({**frame, name.lower(): [resource.show(record) for record in page.records]})

    def _stranger(self, request: web.Request) -> Refusal | None:
        """Return why whoever asks is not let in, or None."""
        given = request.headers.get("Authorization", "").encode()
        if not compare_digest(given, self._authorization):
            return _REFUSALS["unauthorized"]
        return _not_found(request) if request.match_info["account"] != self._account.sid else None

    def _note_refusal(
        self, resource: Resource, form: Form, nth: int, fault: str, refusal: Refusal | None
    ) -> None:
        self._far.journal.write(
            Kind.REFUSED,
            what=resource.kind,
            nth=nth,
            to=form.get("To", ""),
            fault=fault,
            status=refusal.status if refusal else None,
            code=refusal.code if refusal else None,
            **{"from": form.get("From", "")},
        )


async def _live(
    resource: Resource, record: Record, form: Form, rule: FaultRule | None, reporter: Reporter
) -> None:
    try:
        await resource.live(record, form, rule, reporter)
        await reporter.finish()
    finally:
        reporter.release()


def _not_found(request: web.Request) -> Refusal:
    return Refusal(404, 20404, f"The requested resource {request.path} was not found")


def _json(content: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(content), status=status, content_type="application/json")


def _answer(refusal: Refusal, rule: FaultRule | None = None) -> web.Response:
    answer = _json(
        {
            "code": refusal.code,
            "message": refusal.message,
            "more_info": f"{_ERRORS}{refusal.code}",
            "status": refusal.status,
        },
        status=refusal.status,
    )
    if isinstance(rule, Throttle):
        answer.headers["Retry-After"] = str(rule.retry_after)
    return answer


def hang_up(request: web.Request) -> web.Response:
    """Reset the connection; the response that is returned finds nobody to go to."""
    if request.transport is not None:
        peer = request.transport.get_extra_info("socket")
        # To linger for zero seconds turns the orderly end into a reset.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()
