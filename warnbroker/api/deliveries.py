"""``/v1/deliveries/{id}``: one delivery, and an operator's word to send it again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from warnbroker.api.access import caller, operator
from warnbroker.api.alerts import delivery_json
from warnbroker.api.paging import LARGEST_ID
from warnbroker.api.summary import json_response
from warnbroker.contracts.store import DeliveryStore, IssuerStore
from warnbroker.errors import NotFoundError
from warnbroker.intake.resend import Resend
from warnbroker.model.actor import Actor
from warnbroker.model.record import History


@dataclass(frozen=True, slots=True)
class DeliveryResource:
    """The handlers of ``/v1/deliveries``."""

    resend: Resend
    deliveries: DeliveryStore
    issuers: IssuerStore
    time_zone: str

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/v1/deliveries/{id}", self.get_delivery),
            web.post("/v1/deliveries/{id}/retry", self.post_retry),
        ]

    async def get_delivery(self, request: web.Request) -> web.Response:
        """Return one delivery with its attempts and receipts."""
        await caller(request, self.issuers)
        return json_response(await self._shown(await self.resend.find(_number(request))))

    async def post_retry(self, request: web.Request) -> web.Response:
        """Send one delivery again: 202, with it as it stands then."""
        issuer = await operator(request, self.issuers)
        actor = Actor(issuer.name, request.remote or "")
        history = await self.resend.again(_number(request), actor)
        return json_response(await self._shown(history), status=202)

    async def _shown(self, history: History) -> dict[str, object]:
        notices = await self.deliveries.notices(history.alert_id, [history.id])
        body = delivery_json(history, notice=history.id in notices)
        return body | {"time_zone": self.time_zone}


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > LARGEST_ID:
        raise NotFoundError("a delivery's id is a whole number")
    return int(text)
