"""``/v1/channels``: the readiness board, and an operator's word that a provider is well again."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from warnbroker.api.access import caller, operator
from warnbroker.api.summary import iso, json_response
from warnbroker.contracts.store import IssuerStore
from warnbroker.dispatch.providers.board import Board, ChannelReport
from warnbroker.model.actor import Actor
from warnbroker.model.provider import ProviderReport


@dataclass(frozen=True, slots=True)
class ChannelResource:
    """The handlers of ``/v1/channels``."""

    board: Board
    issuers: IssuerStore
    time_zone: str

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/v1/channels", self.get_channels),
            web.post("/v1/channels/{name}/providers/{provider}/reset", self.reset_provider),
        ]

    async def get_channels(self, request: web.Request) -> web.Response:
        """Return the readiness board: each channel with what keeps it from working."""
        await caller(request, self.issuers)
        items = [channel_json(report) for report in await self.board.read()]
        return json_response({"items": items, "next": None, "time_zone": self.time_zone})

    async def reset_provider(self, request: web.Request) -> web.Response:
        """Let a provider count as well again; return its channel as it stands then."""
        issuer = await operator(request, self.issuers)
        name, provider = request.match_info["name"], request.match_info["provider"]
        await self.board.reset(name, provider, Actor(issuer.name, request.remote or ""))
        report = next(report for report in await self.board.read() if report.name == name)
        return json_response(channel_json(report))


def channel_json(report: ChannelReport) -> dict[str, object]:
    """Write a channel of the board as JSON."""
    return {
        "name": report.name,
        "ready": report.ready,
        "faults": list(report.faults),
        "providers": [provider_json(one) for one in report.providers],
        "last_handoff": iso(report.last_handoff),
        "last_tested": iso(report.last_tested),
    }


def provider_json(report: ProviderReport) -> dict[str, object]:
    """Write a provider's health as JSON."""
    return {
        "name": report.provider,
        "state": report.state,
        "weight": report.weight,
        "share": report.share,
        "errors": report.errors,
        "throttled": report.throttled,
        "latency": report.latency,
        "throttled_until": iso(report.throttled_until),
        "pace": report.pace,
        "breakers": [
            {
                "fault": breaker.fault,
                "scope": breaker.scope,
                "code": breaker.code,
                "opened_at": iso(breaker.opened_at),
                "until": iso(breaker.until),
            }
            for breaker in report.breakers
        ],
        "limits": report.limits,
        "delays": [{"cause": hold.cause, "until": iso(hold.until)} for hold in report.delays],
        "last_handoff": iso(report.last_handoff),
        "sent": report.sent,
    }
