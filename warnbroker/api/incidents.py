"""``/v1/incidents``: what authorities report has happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from warnbroker.api.access import caller
from warnbroker.api.body import read_body
from warnbroker.api.paging import LARGEST_ID, cursor_of, limit_of
from warnbroker.api.summary import json_response
from warnbroker.contracts.conduct import IncidentStore
from warnbroker.contracts.store import IssuerStore
from warnbroker.errors import Fault, NotFoundError, ReportError
from warnbroker.intake.authority import require_role
from warnbroker.intake.release.chain import person_of
from warnbroker.model.actor import Actor
from warnbroker.model.incident import Incident
from warnbroker.model.record import IssuerRecord
from warnbroker.report.incidents import Desk, Statement

LARGEST = 256 * 1024
"""Bytes of a report."""

ALL_SEEING = frozenset({"auditor", "operator"})
"""Roles that see the reports of all authorities."""


class IncidentBody(BaseModel):
    """A report as it comes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hazard: str
    region: str
    occurred_at: AwareDatetime
    known_at: AwareDatetime
    figures: dict[str, Annotated[int, Field(strict=True)]] = {}
    text: str = ""
    explanation: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class IncidentResource:
    """The handlers of incidents; ``authority`` is that of issuers that name none."""

    incidents: IncidentStore
    issuers: IssuerStore
    desk: Desk
    ids: Iterator[int]
    authority: str

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/v1/incidents", self.post_incident),
            web.post("/v1/incidents/{id}", self.post_revision),
            web.get("/v1/incidents", self.get_incidents),
        ]

    async def post_incident(self, request: web.Request) -> web.Response:
        """Record a report: 201, or 200 where the same had come before."""
        issuer, stated = await self._statement(request)
        made = self._incident(next(self.ids), 1, issuer, stated)
        kept = await self.incidents.report(made, actor=_actor(issuer, request))
        return _answer(kept, new=kept.id == made.id)

    async def post_revision(self, request: web.Request) -> web.Response:
        """Record a revision, whole: 201, or 200 where the newest one says the same."""
        issuer, stated = await self._statement(request)
        made = self._incident(_id(request), 0, issuer, stated)
        kept = await self.incidents.revise(made, actor=_actor(issuer, request))
        return _answer(kept, new=kept.reported_at == made.reported_at)

    async def get_incidents(self, request: web.Request) -> web.Response:
        """Return incidents with all revisions: an auditor sees all, others their authority's."""
        issuer = await caller(request, self.issuers)
        limit = limit_of(request)
        own = "" if ALL_SEEING & set(issuer.roles) else issuer.authority or self.authority
        found = await self.incidents.page(authority=own, after=cursor_of(request), limit=limit)
        items = [
            incident_json(revisions[-1])
            | {"revisions": [incident_json(item) for item in revisions]}
            for revisions in found
        ]
        after = str(found[-1][0].id) if len(found) == limit else None
        return json_response({"items": items, "next": after})

    async def _statement(self, request: web.Request) -> tuple[IssuerRecord, Statement]:
        issuer = await caller(request, self.issuers)
        require_role(issuer, "issuer")
        stated = _statement(await read_body(request, LARGEST))
        await self.desk.judge(stated)
        return issuer, stated

    def _incident(
        self, incident_id: int, revision: int, issuer: IssuerRecord, stated: Statement
    ) -> Incident:
        return Incident(
            id=incident_id,
            revision=revision,
            authority=issuer.authority or self.authority,
            hazard=stated.hazard,
            region=stated.region,
            occurred_at=stated.occurred_at,
            known_at=stated.known_at,
            reported_at=self.desk.clock.now(),
            figures=stated.figures,
            text=stated.text,
            explanation=stated.explanation,
            warning_id=stated.warning,
            issuer_id=issuer.id,
            person=person_of(issuer),
        )


def _statement(body: bytes) -> Statement:
    try:
        read = IncidentBody.model_validate_json(body)
    except ValidationError as error:
        raise ReportError(faults_of(error)) from None
    return Statement(**dict(read))


def faults_of(error: ValidationError) -> list[Fault]:
    """Return a fault for each field that is not as it must be; what it holds is not repeated."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [
        Fault("report.form", fault["msg"], ".".join(map(str, fault["loc"]))[:100])
        for fault in found[:20]
    ]


def _actor(issuer: IssuerRecord, request: web.Request) -> Actor:
    return Actor(issuer.name, request.remote or "")


def _id(request: web.Request) -> int:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID):
        raise NotFoundError("there is no incident of this id")
    return int(text)


def _answer(incident: Incident, *, new: bool) -> web.Response:
    response = json_response(incident_json(incident), status=201 if new else 200)
    response.headers["Location"] = f"/v1/incidents/{incident.id}"
    return response


def incident_json(incident: Incident) -> dict[str, object]:
    """Return one revision of a report."""
    return {
        "id": str(incident.id),
        "revision": incident.revision,
        "authority": incident.authority,
        "hazard": incident.hazard,
        "region": incident.region,
        "occurred_at": incident.occurred_at.isoformat(),
        "known_at": incident.known_at.isoformat(),
        "reported_at": incident.reported_at.isoformat(),
        "figures": dict(incident.figures),
        "text": incident.text,
        "explanation": incident.explanation,
        "warning": incident.warning_id,
        "person": incident.person,
    }
