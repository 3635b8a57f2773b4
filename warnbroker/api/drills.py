"""``/v1/plans`` and ``/v1/drills``: contingency plans, their drills, and how many were drilled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from warnbroker.api.access import caller, operator
from warnbroker.api.body import read_body
from warnbroker.api.incidents import faults_of
from warnbroker.api.paging import cursor_of, limit_of
from warnbroker.api.summary import json_response
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.drills import DrillStore, Period
from warnbroker.contracts.store import IssuerStore
from warnbroker.errors import ForbiddenError, NotFoundError, ReportError
from warnbroker.intake.contingency import DrillRules, judge_plan, year_of
from warnbroker.intake.release.chain import person_of
from warnbroker.model.actor import Actor
from warnbroker.model.contingency import ContingencyPlan, Coverage, Drill, Outcome
from warnbroker.model.record import IssuerRecord

LARGEST = 64 * 1024
"""Bytes of a body."""

FIRST_YEAR, LAST_YEAR = 1970, 9000

_Body = TypeVar("_Body", bound=BaseModel)


class PlanBody(BaseModel):
    """A plan as it comes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    names: dict[str, str]
    adopted_at: AwareDatetime
    authority: str = ""
    hazard: str = ""
    region: str = ""
    document: str = ""
    retired: bool = False


class DrillBody(BaseModel):
    """A drill as it comes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    held_at: AwareDatetime
    participants: Annotated[int, Field(strict=True)]
    outcome: Outcome
    alert: str = ""
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class DrillResource:
    """The handlers; ``authority`` is that of issuers that name none, ``goal`` the share wanted."""

    register: DrillStore
    rules: DrillRules
    issuers: IssuerStore
    clock: Clock
    ids: Iterator[int]
    zone: ZoneInfo
    authority: str
    goal: float

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/v1/plans", self.post_plan),
            web.get("/v1/plans", self.get_plans),
            web.post("/v1/plans/{code}/drills", self.post_drill),
            web.get("/v1/drills", self.get_drills),
            web.get("/v1/drills/coverage", self.get_coverage),
        ]

    async def post_plan(self, request: web.Request) -> web.Response:
        """Record a plan or change it: 201, or 200 where it said the same before."""
        issuer = await operator(request, self.issuers)
        stated = _read(PlanBody, await read_body(request, LARGEST))
        own = issuer.authority or stated.authority or self.authority
        plan = ContingencyPlan(**dict(stated) | {"authority": stated.authority or own})
        judge_plan(plan)
        _require_own(issuer, plan)
        actor = Actor(issuer.name, request.remote or "")
        changed = await self.register.keep_plan(plan, actor=actor, at=self.clock.now())
        return json_response(plan_json(plan), status=201 if changed else 200)

    async def get_plans(self, request: web.Request) -> web.Response:
        """Return plans by code, a page each."""
        await caller(request, self.issuers)
        limit = limit_of(request)
        found = await self.register.plans(request.query.get("cursor", ""), limit)
        after = found[-1].code if len(found) == limit else None
        return json_response({"items": [plan_json(plan) for plan in found], "next": after})

    async def post_drill(self, request: web.Request) -> web.Response:
        """Record a drill of a plan: 201, or 200 where it was recorded before."""
        issuer = await operator(request, self.issuers)
        plan = await self.register.plan(request.match_info["code"])
        if plan is None:
            raise NotFoundError("there is no plan of this code")
        _require_own(issuer, plan)
        stated = _read(DrillBody, await read_body(request, LARGEST))
        made = Drill(
            id=next(self.ids),
            plan_code=plan.code,
            person=person_of(issuer),
            recorded_at=self.clock.now(),
            **dict(stated),
        )
        await self.rules.judge(made)
        kept = await self.register.record(made, actor=Actor(issuer.name, request.remote or ""))
        return json_response(drill_json(kept), status=201 if kept.id == made.id else 200)

    async def get_drills(self, request: web.Request) -> web.Response:
        """Return drills, a page each; ``plan`` and ``year`` leave some out."""
        await caller(request, self.issuers)
        query, limit = request.query, limit_of(request)
        found = await self.register.drills(
            plan=query.get("plan", ""),
            period=self._year(query["year"]) if "year" in query else None,
            after=cursor_of(request),
            limit=limit,
        )
        after = str(found[-1].id) if len(found) == limit else None
        return json_response({"items": [drill_json(item) for item in found], "next": after})

    async def get_coverage(self, request: web.Request) -> web.Response:
        """Return by authority the share of plans that were drilled in a year."""
        await caller(request, self.issuers)
        year = request.query.get("year", str(self.clock.now().astimezone(self.zone).year))
        found = await self.register.coverage(self._year(year))
        items = [coverage_json(item, self.goal) for item in found]
        return json_response({"year": int(year), "goal": self.goal, "items": items})

    def _year(self, text: str) -> Period:
        is_year = text.isascii() and text.isdigit() and len(text) == 4
        if not (is_year and FIRST_YEAR <= int(text) <= LAST_YEAR):
            raise web.HTTPBadRequest(text="year must be a year, such as 2026")
        return year_of(int(text), self.clock.now().astimezone(self.zone))


def _require_own(issuer: IssuerRecord, plan: ContingencyPlan) -> None:
    if issuer.authority and plan.authority != issuer.authority:
        raise ForbiddenError(f"{issuer.name} records plans and drills of {issuer.authority} alone")


def _read(form: type[_Body], body: bytes) -> _Body:
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        raise ReportError(faults_of(error)) from None


def plan_json(plan: ContingencyPlan) -> dict[str, object]:
    """Return a plan."""
    return {
        "code": plan.code,
        "authority": plan.authority,
        "names": dict(plan.names),
        "hazard": plan.hazard,
        "region": plan.region,
        "document": plan.document,
        "adopted_at": plan.adopted_at.astimezone(UTC).isoformat(),
        "retired": plan.retired,
    }


def drill_json(drill: Drill) -> dict[str, object]:
    """Return a drill."""
    return {
        "id": str(drill.id),
        "plan": drill.plan_code,
        "alert": drill.alert or None,
        "held_at": drill.held_at.astimezone(UTC).isoformat(),
        "participants": drill.participants,
        "outcome": drill.outcome,
        "remarks": drill.remarks,
        "person": drill.person,
        "recorded_at": drill.recorded_at.astimezone(UTC).isoformat(),
    }


def coverage_json(found: Coverage, goal: float) -> dict[str, object]:
    """Return what share of an authority's plans was drilled."""
    return {
        "authority": found.authority,
        "plans": found.plans,
        "drilled": found.drilled,
        "drills": found.drills,
        "share": round(found.share, 4),
        "met": found.share >= goal,
    }
