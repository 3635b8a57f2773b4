"""``/v1/deliveries/{id}``: one delivery, and an operator's word to send it again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from warnbroker.api.access import caller, operator
from warnbroker.api.alerts import delivery_json
from warnbroker.api.paging import LARGEST_ID
from warnbroker.api.summary import json_response
from warnbroker.contracts.store import IssuerStore
from warnbroker.errors import NotFoundError
from warnbroker.intake.resend import Resend
from warnbroker.model.actor import Actor


@dataclass(frozen=True, slots=True)
class DeliveryResource:
    """The handlers of ``/v1/deliveries``."""

    resend: Resend
    issuers: IssuerStore

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/v1/deliveries/{id}", self.get_delivery),
            web.post("/v1/deliveries/{id}/retry", self.post_retry),
        ]

    async def get_delivery(self, request: web.Request) -> web.Response:
        """Return one delivery with its attempts and receipts."""
        await caller(request, self.issuers)
        return json_response(delivery_json(await self.resend.find(_number(request))))

    async def post_retry(self, request: web.Request) -> web.Response:
        """Send one delivery again: 202, with it as it stands then."""
        issuer = await operator(request, self.issuers)
        actor = Actor(issuer.name, request.remote or "")
        history = await self.resend.again(_number(request), actor)
        return json_response(delivery_json(history), status=202)


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > LARGEST_ID:
        raise NotFoundError("a delivery's id is a whole number")
    return int(text)
