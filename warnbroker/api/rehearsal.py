"""``/v1/alerts/{id}/forecast``: everything that would happen, and nothing happens."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from warnbroker.api.access import caller
from warnbroker.api.outlook import outlook_json
from warnbroker.api.problem import language_of
from warnbroker.api.seen import alert_of
from warnbroker.api.summary import json_response
from warnbroker.contracts.store import AlertStore, IssuerStore
from warnbroker.dispatch.forecast.forecaster import Forecaster


@dataclass(frozen=True, slots=True)
class ForecastResource:
    """The handler of ``/v1/alerts/{id}/forecast``: what an approver looks at."""

    forecaster: Forecaster
    alerts: AlertStore
    issuers: IssuerStore
    time_zone: str

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [web.get("/v1/alerts/{id}/forecast", self.get_forecast)]

    async def get_forecast(self, request: web.Request) -> web.Response:
        """Return what an alert would do if it were released now."""
        await caller(request, self.issuers)
        record = await alert_of(request, self.alerts)
        outlook = outlook_json(await self.forecaster.of(record), language_of(request))
        return json_response(outlook | {"time_zone": self.time_zone})
