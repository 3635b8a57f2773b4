"""``/v1/relay``: what other platforms send."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from warnbroker.api.access import caller
from warnbroker.api.body import read_body
from warnbroker.api.summary import json_response, summary
from warnbroker.contracts.store import IssuerStore
from warnbroker.intake.accept import Body
from warnbroker.intake.authority import require_role
from warnbroker.intake.relayed import ROLE, RelayIntake


@dataclass(frozen=True, slots=True)
class RelayResource:
    """The handler of ``/v1/relay``; whatever the content type says, the bytes count."""

    intake: RelayIntake
    issuers: IssuerStore

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the route."""
        return [web.post("/v1/relay", self.post_message)]

    async def post_message(self, request: web.Request) -> web.Response:
        """Take every alert of a message: 202, or 200 where all had been taken before."""
        platform = await caller(request, self.issuers)
        require_role(platform, ROLE)
        content = await read_body(request, self.intake.limits.body)
        body = Body(content, request.content_type, request.remote or "")
        accepted = await self.intake.accept(platform, body)
        items = [summary(item.record, self.intake.clock.now()) for item in accepted]
        status = 202 if any(item.new for item in accepted) else 200
        response = json_response(items[0] if len(items) == 1 else {"items": items}, status=status)
        if len(items) == 1:
            response.headers["Location"] = f"/v1/alerts/{accepted[0].record.public_id}"
        return response
