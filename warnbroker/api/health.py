"""``/health`` and ``/metrics``: whether the broker lives, is ready, and what it has done."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from warnbroker.api.summary import json_response
from warnbroker.contracts.store import AlertStore


@dataclass(frozen=True, slots=True)
class HealthResource:
    """The handlers of health and metrics."""

    alerts: AlertStore

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/health/live", self.get_live),
            web.get("/health/ready", self.get_ready),
            web.get("/metrics", self.get_metrics),
        ]

    async def get_live(self, request: web.Request) -> web.Response:
        """Answer as long as the loop turns."""
        return json_response({"status": "live"})

    async def get_ready(self, request: web.Request) -> web.Response:
        """Answer 200 if the ledger answers."""
        waiting = await self.alerts.to_plan()
        return json_response({"status": "ready", "alerts_to_plan": len(waiting)})

    async def get_metrics(self, request: web.Request) -> web.Response:
        """Return the Prometheus text."""
        from prometheus_client import generate_latest

        return web.Response(body=generate_latest(), headers={"Content-Type": METRICS_TYPE})


METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
