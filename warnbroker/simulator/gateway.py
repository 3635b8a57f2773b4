"""A gateway for texts and a centre for area orders, as ``plain`` and ``area`` describe them."""

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web

from warnbroker.simulator.callbacks import Pace
from warnbroker.simulator.faults import FaultRule, Slow, Throttle, Undeliverable, pick
from warnbroker.simulator.journal import Kind
from warnbroker.simulator.records import Record
from warnbroker.simulator.twilio import Far, hang_up

_REFUSALS = {
    "throttle": (429, "rate_limited"),
    "error_before_accepting": (500, "internal"),
    "bad_number": (400, "invalid_number"),
    "unauthorized": (401, "unauthorized"),
}
_HANG_UP = frozenset({"reset_before_accepting", "reset_after_request"})
# What becomes of a phone that Twilio would call 30003 or 30005.
_CAUSES = {30003: "unreachable", 30005: "unknown_subscriber"}
CELLS, PHONES = 40, 8_000
_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request: its content, whom it is for, and the name that it may be known again by."""

    content: dict[str, Any]
    to: str
    once: str

    @property
    def callback(self) -> str:
        return str(self.content.get("callback", ""))


class PlainGateway:
    """Takes texts and area orders as JSON from whoever knows the token.

    Reports are signed with the token, as HMAC-SHA256 over the body in ``X-Signature``. A request
    whose ``Idempotency-Key`` is known is answered as it was, and not carried out again.
    """

    def __init__(self, token: str, far: Far, pace: Pace) -> None:
        self._token, self._far, self._pace = token, far, pace
        self._requests: Counter[str] = Counter()
        self._answered: dict[str, dict[str, Any]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, below ``/gateway``."""
        return [
            web.post("/gateway/messages", self._message),
            web.post("/gateway/orders", self._order),
            web.post("/gateway/orders/{warning}/cancel", self._order),
        ]

    async def _message(self, request: web.Request) -> web.StreamResponse:
        ask = await self._asked(request, "to")
        if isinstance(ask, web.Response):
            return ask
        nth, rule = self._spoilt(ask)
        fault = rule.fault if rule else ""
        if fault in _REFUSALS or fault == "reset_before_accepting":
            return self._refused(request, ask, nth, rule)
        answer = self._answered.get(ask.once)
        if answer is None:
            answer = self._accepted(ask, nth, rule)
        return await self._answer(request, answer, rule)

    def _accepted(self, ask: _Ask, nth: int, rule: FaultRule | None) -> dict[str, Any]:
        record = Record(f"g-{uuid4().hex}", ask.to, str(ask.content.get("from", "")), nth)
        self._far.journal.write(
            Kind.SMS,
            nth=nth,
            to=ask.to,
            sid=record.sid,
            fault=rule.fault if rule else "",
            callback_fault="",
            body=str(ask.content.get("text", "")),
            callback=ask.callback,
            **{"from": record.sender},
        )
        self._far.courier.spawn(self._live(record, ask, rule))
        return self._remember(ask, {"id": record.sid, "status": "queued"})

    async def _live(self, record: Record, ask: _Ask, rule: FaultRule | None) -> None:
        lost = isinstance(rule, Undeliverable)
        for status in ("sent", "undelivered" if lost else "delivered"):
            await self._pace.wait(record, status)
            report: dict[str, Any] = {"id": record.sid, "status": status}
            if isinstance(rule, Undeliverable) and status == "undelivered":
                report["error"] = {"code": _CAUSES.get(rule.code, "unreachable")}
            await self._report(ask, report)

    async def _order(self, request: web.Request) -> web.StreamResponse:
        ask = await self._asked(request, "warning")
        if isinstance(ask, web.Response):
            return ask
        answer = self._answered.get(ask.once)
        if answer is None:
            answer = self._ordered(ask, request.match_info.get("warning", ""))
        return await self._answer(request, answer, None)

    def _ordered(self, ask: _Ask, cancelled: str) -> dict[str, Any]:
        order = f"o-{uuid4().hex}"
        kind = "Cancel" if cancelled else str(ask.content.get("type", ""))
        self._far.journal.write(
            Kind.ORDER,
            sid=order,
            to=cancelled or ask.to,
            type=kind,
            texts=ask.content.get("texts"),
            area=ask.content.get("area"),
            callback=ask.callback,
        )
        record = Record(order, cancelled or ask.to, "", 1)
        self._far.courier.spawn(self._broadcast(record, ask, kind))
        answer = {"id": order, "status": "cancelled" if cancelled else "broadcasting"}
        return self._remember(ask, answer | {"area": ask.content.get("area")})

    async def _broadcast(self, record: Record, ask: _Ask, kind: str) -> None:
        await self._pace.wait(record, "completed")
        status = "cancelled" if kind == "Cancel" else "completed"
        counts = {"cells": CELLS, "phones": PHONES}
        report = {"id": record.sid, "status": status, "counts": counts}
        await self._report(ask, report | {"area": ask.content.get("area")})

    async def _report(self, ask: _Ask, report: dict[str, Any]) -> None:
        if not ask.callback:
            return
        body = orjson.dumps(report)
        signature = hmac.new(self._token.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": signature}
        note = {"sid": report["id"], "to": ask.to, "status": report["status"]}
        await self._far.courier.report(ask.callback, body, headers, note)

    async def _asked(self, request: web.Request, whom: str) -> _Ask | web.Response:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return _json({"error": {"code": "unauthorized"}}, 401)
        try:
            content = orjson.loads(await request.read())
        except orjson.JSONDecodeError:
            content = None
        to = content.get(whom, request.match_info.get(whom)) if isinstance(content, dict) else None
        if not isinstance(content, dict) or not isinstance(to, str):
            return _json({"error": {"code": "invalid_request"}}, 400)
        return _Ask(content, to, request.headers.get("Idempotency-Key", ""))

    def _spoilt(self, ask: _Ask) -> tuple[int, FaultRule | None]:
        self._requests[ask.to] += 1
        nth = self._requests[ask.to]
        return nth, pick(self._far.faults.sms, self._far.seed, "sms", ask.to, nth)

    def _refused(
        self, request: web.Request, ask: _Ask, nth: int, rule: FaultRule | None
    ) -> web.StreamResponse:
        fault = rule.fault if rule else ""
        status, code = _REFUSALS.get(fault, (None, None))
        self._far.journal.write(
            Kind.REFUSED, what="sms", nth=nth, to=ask.to, fault=fault, status=status, code=code
        )
        if status is None:
            return hang_up(request)
        answer = _json({"error": {"code": code}}, status)
        if isinstance(rule, Throttle):
            answer.headers["Retry-After"] = str(rule.retry_after)
        return answer

    async def _answer(
        self, request: web.Request, answer: dict[str, Any], rule: FaultRule | None
    ) -> web.StreamResponse:
        if isinstance(rule, Slow):
            await self._far.clock.sleep(rule.seconds)
        if rule and rule.fault == "error_after_accepting":
            return _json({"error": {"code": "internal"}}, 500)
        if rule and rule.fault in _HANG_UP:
            return hang_up(request)
        return _json(answer, 201)

    def _remember(self, ask: _Ask, answer: dict[str, Any]) -> dict[str, Any]:
        if ask.once:
            self._answered[ask.once] = answer
            while len(self._answered) > _KEPT:
                self._answered.pop(next(iter(self._answered)))
        return answer


def _json(content: dict[str, Any], status: int) -> web.Response:
    return web.Response(body=orjson.dumps(content), status=status, content_type="application/json")
