"""``/v1/audit``: the record, for auditors."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from aiohttp import web

from warnbroker.api.access import caller
from warnbroker.api.paging import cursor_of, limit_of
from warnbroker.api.summary import json_response
from warnbroker.contracts.conduct import AuditReader
from warnbroker.contracts.store import AlertStore, IssuerStore
from warnbroker.errors import NotFoundError
from warnbroker.intake.authority import require_role
from warnbroker.model.record import AuditEntry, AuditFilter

ROLE = "auditor"


@dataclass(frozen=True, slots=True)
class RecordResource:
    """The handlers of the record; each asks for an auditor's key."""

    audit: AuditReader
    alerts: AlertStore
    issuers: IssuerStore

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/v1/audit", self.get_audit),
            web.get("/v1/alerts/{id}/audit", self.get_alert_audit),
        ]

    async def get_audit(self, request: web.Request) -> web.Response:
        """Return entries, oldest first, a page each; ``event`` and ``subject`` leave some out."""
        query = request.query
        subject = query.get("subject", "")
        return await self._page(request, AuditFilter(query.get("event", ""), subject))

    async def get_alert_audit(self, request: web.Request) -> web.Response:
        """Return the entries about one alert."""
        public_id = request.match_info["id"]
        return await self._page(request, AuditFilter(subject=public_id), of_alert=public_id)

    async def _page(
        self, request: web.Request, wanted: AuditFilter, of_alert: str = ""
    ) -> web.Response:
        require_role(await caller(request, self.issuers), ROLE)
        limit = limit_of(request)
        page = await self.audit.entries(cursor_of(request), limit, wanted)
        # What was refused has entries and no alert.
        if of_alert and not page and await self.alerts.find(of_alert) is None:
            raise NotFoundError("there is no alert of this id")
        after = str(page[-1].sequence) if len(page) == limit else None
        return json_response({"items": [entry_json(entry) for entry in page], "next": after})


def entry_json(entry: AuditEntry) -> dict[str, object]:
    """Return an entry with all that its hash covers; bytes in hex."""
    return {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "origin": entry.origin,
        "event": entry.event,
        "subject": entry.subject,
        "detail": _detail(entry.detail),
        "previous_hash": entry.previous_hash.hex(),
        "hash": entry.hash.hex(),
        "signature": entry.signature.hex() if entry.signature else None,
    }


def _detail(text: str) -> object:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:  # somebody bent it; it is shown all the same
        return text
    return orjson.Fragment(text)
