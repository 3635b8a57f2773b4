"""Contingency plans and their drills in the database."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, select

from warnbroker.contracts.drills import Period
from warnbroker.errors import ConflictError, ForbiddenError, NotFoundError
from warnbroker.model.actor import Actor
from warnbroker.model.contingency import ContingencyPlan, Coverage, Drill, Outcome
from warnbroker.model.event import Event
from warnbroker.store import audit
from warnbroker.store.database import Database
from warnbroker.store.registers import contingency_plan, drill
from warnbroker.store.statements import insert_new, upsert
from warnbroker.store.tables import Instant

_PLAN_FIELDS = tuple(field.name for field in fields(ContingencyPlan))
_DRILL_FIELDS = tuple(field.name for field in fields(Drill))
_REPLACED = tuple(name for name in _PLAN_FIELDS if name != "code")
_PLAN = select(contingency_plan).where(contingency_plan.c.code == bindparam("of_code"))
_PLANS = (
    select(contingency_plan)
    .where(contingency_plan.c.code > bindparam("after"))
    .order_by(contingency_plan.c.code)
    .limit(bindparam("at_most"))
)
_SAME = select(drill).where(
    drill.c.plan_code == bindparam("of_plan"),
    drill.c.held_at == bindparam("of_time", type_=Instant),
    drill.c.alert == bindparam("of_alert"),
)
_COVERAGE = (
    select(
        contingency_plan.c.authority,
        func.count(contingency_plan.c.code.distinct()).label("plans"),
        func.count(drill.c.plan_code.distinct()).label("drilled"),
        func.count(drill.c.id).label("drills"),
    )
    .outerjoin(
        drill,
        and_(
            drill.c.plan_code == contingency_plan.c.code,
            drill.c.held_at >= bindparam("begin", type_=Instant),
            drill.c.held_at < bindparam("end", type_=Instant),
        ),
    )
    .where(
        ~contingency_plan.c.retired,
        contingency_plan.c.adopted_at < bindparam("end", type_=Instant),
    )
    .group_by(contingency_plan.c.authority)
    .order_by(contingency_plan.c.authority)
)


class DrillTable:
    """Reads and writes plans and drills."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_plan(self, plan: ContingencyPlan, *, actor: Actor, at: datetime) -> bool:
        """Write a plan with its audit entry, or change it; return whether that changed anything."""

        def work(connection: Connection) -> bool:
            known = _plan(connection, plan.code)
            if known == plan:
                return False
            if known is not None and known.authority != plan.authority:
                raise ForbiddenError(f"the plan {plan.code} is that of {known.authority}")
            written = upsert(connection, contingency_plan, "code", _REPLACED)
            connection.execute(written, asdict(plan))
            detail = asdict(plan) | {"adopted_at": plan.adopted_at.isoformat()}
            audit.append(connection, at, actor, Event.PLAN_RECORDED, plan.code, detail)
            return True

        return await self._database.write(work)

    async def plan(self, code: str) -> ContingencyPlan | None:
        """Return a plan."""
        return await self._database.read(lambda c: _plan(c, code))

    async def plans(self, after: str, limit: int) -> Sequence[ContingencyPlan]:
        """Return plans by code, after one."""
        given = {"after": after, "at_most": limit}
        rows = await self._database.read(lambda c: c.execute(_PLANS, given).all())
        return [_plan_of(row) for row in rows]

    async def record(self, made: Drill, *, actor: Actor) -> Drill:
        """Write a drill with its audit entry, once; return it, or the same recorded before."""

        def work(connection: Connection) -> Drill:
            if _plan(connection, made.plan_code) is None:
                raise NotFoundError(f"there is no plan {made.plan_code!r}")
            connection.execute(insert_new(connection, drill), asdict(made))
            kept = _the_same(connection, made)
            if kept.id != made.id:
                if not kept.says_the_same(made):
                    raise ConflictError(
                        f"the drill of {made.plan_code} at {made.held_at.isoformat()} "
                        "was recorded with another outcome"
                    )
                return kept
            detail = asdict(made) | {
                "held_at": made.held_at.isoformat(),
                "recorded_at": made.recorded_at.isoformat(),
            }
            audit.append(
                connection, made.recorded_at, actor, Event.DRILL_RECORDED, made.plan_code, detail
            )
            return made

        return await self._database.write(work)

    async def drills(
        self, *, plan: str, period: Period | None, after: int, limit: int
    ) -> Sequence[Drill]:
        """Return drills by id, after one; empty ``plan``: of all."""
        wanted = select(drill).where(drill.c.id > after).order_by(drill.c.id).limit(limit)
        if plan:
            wanted = wanted.where(drill.c.plan_code == plan)
        if period:
            wanted = wanted.where(drill.c.held_at >= period.begin, drill.c.held_at < period.end)
        rows = await self._database.read(lambda c: c.execute(wanted).all())
        return [_drill_of(row) for row in rows]

    async def coverage(self, period: Period) -> Sequence[Coverage]:
        """Return by authority how many of its plans were drilled."""
        given = {"begin": period.begin, "end": period.end}
        rows = await self._database.read(lambda c: c.execute(_COVERAGE, given).all())
        return [Coverage(row.authority, row.plans, row.drilled, row.drills) for row in rows]


def _plan(connection: Connection, code: str) -> ContingencyPlan | None:
    row = connection.execute(_PLAN, {"of_code": code}).one_or_none()
    return _plan_of(row) if row is not None else None


def _the_same(connection: Connection, made: Drill) -> Drill:
    given = {"of_plan": made.plan_code, "of_time": made.held_at, "of_alert": made.alert}
    return _drill_of(connection.execute(_SAME, given).one())


def _plan_of(row: Row[Any]) -> ContingencyPlan:
    return ContingencyPlan(**{name: getattr(row, name) for name in _PLAN_FIELDS})


def _drill_of(row: Row[Any]) -> Drill:
    values = {name: getattr(row, name) for name in _DRILL_FIELDS}
    return Drill(**values | {"outcome": Outcome(row.outcome)})
