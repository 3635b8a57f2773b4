"""``/v1/findings``: what looks late, missed, false or concealed, and who judged it how."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from warnbroker.api.access import caller
from warnbroker.api.body import read_body
from warnbroker.api.incidents import faults_of
from warnbroker.api.paging import limit_of
from warnbroker.api.summary import iso, json_response
from warnbroker.contracts.conduct import FindingStore
from warnbroker.contracts.store import IssuerStore
from warnbroker.errors import ReportError
from warnbroker.intake.authority import require_role
from warnbroker.intake.release.chain import person_of
from warnbroker.model.actor import Actor
from warnbroker.model.finding import ID_LENGTH, FindingKind, FindingRecord, Ruling
from warnbroker.report.conduct import Conduct

ROLE = "auditor"
LARGEST = 32 * 1024
"""Bytes of a decision."""

OPEN = "open"


class DecisionBody(BaseModel):
    """A person's decision as it comes; the remark says why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict: Literal["confirmed", "dismissed"]
    remark: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]


@dataclass(frozen=True, slots=True)
class FindingResource:
    """The handlers of findings; each asks for an auditor's key."""

    conduct: Conduct
    findings: FindingStore
    issuers: IssuerStore

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/v1/findings", self.get_findings),
            web.post("/v1/findings/{id}/decide", self.post_decision),
        ]

    async def get_findings(self, request: web.Request) -> web.Response:
        """Let the rules look at everything, then return what they see and saw, a page each."""
        require_role(await caller(request, self.issuers), ROLE)
        query, limit = request.query, limit_of(request)
        kind = _one_of(query.get("kind", ""), ("", *FindingKind), "kind")
        ruling = _one_of(query.get("verdict", ""), ("", OPEN, *Ruling), "verdict")
        since = _moment(query.get("since", ""))
        after = query.get("cursor", "")[:ID_LENGTH]
        if not after:
            await self.conduct.examine(since)
        wanted = {"": None, OPEN: Ruling.OPEN.value}.get(ruling, ruling)
        page = await self.findings.page(
            kind=kind, ruling=wanted, since=since, after=after, limit=limit
        )
        following = page[-1].id if len(page) == limit else None
        return json_response({"items": [finding_json(item) for item in page], "next": following})

    async def post_decision(self, request: web.Request) -> web.Response:
        """Write a person's decision; the same one again changes nothing."""
        issuer = await caller(request, self.issuers)
        require_role(issuer, ROLE)
        try:
            told = DecisionBody.model_validate_json(await read_body(request, LARGEST))
        except ValidationError as error:
            raise ReportError(faults_of(error)) from None
        decided = await self.findings.decide(
            request.match_info["id"],
            Ruling(told.verdict),
            told.remark,
            person=person_of(issuer),
            actor=Actor(issuer.name, request.remote or ""),
        )
        return json_response(finding_json(decided))


def finding_json(item: FindingRecord) -> dict[str, object]:
    """Return a finding with what was decided about it."""
    return {
        "id": item.id,
        "kind": item.kind,
        "class": item.kind.class_,
        "subject": item.subject,
        "found_at": item.found_at.isoformat(),
        "detail": dict(item.detail),
        "people": list(item.people),
        "verdict": item.ruling or OPEN,
        "decided_at": iso(item.decided_at),
        "person": item.person or None,
        "remark": item.remark or None,
    }


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise web.HTTPBadRequest(text="since must be a time such as 2026-11-23T02:10:00+08:00")
    return found


def _one_of(text: str, words: Sequence[str], name: str) -> str:
    if text not in words:
        known = ", ".join(filter(None, words))
        raise web.HTTPBadRequest(text=f"{name} must be one of {known}")
    return text
