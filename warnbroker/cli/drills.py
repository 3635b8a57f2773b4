"""``warnbroker drills``: contingency plans, their drills, and how many were drilled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.text import Text

from warnbroker.cli.drill_tables import coverage_table, drills_table
from warnbroker.cli.terminal import ConfigOption, JsonOption, operator, out, plain, run
from warnbroker.cli.words import word
from warnbroker.errors import ConfigError
from warnbroker.model.contingency import ContingencyPlan, Coverage, Drill, Outcome

if TYPE_CHECKING:
    from warnbroker.contracts.drills import Period
    from warnbroker.settings import Settings

app = typer.Typer(help="Contingency plans and their drills: list, coverage, add-plan, record.")

PAGE = 1000

YearOption = Annotated[int | None, typer.Option(help="Those held in a year.", min=1970, max=9000)]


@app.command("list")
def list_(
    *,
    plan: Annotated[str, typer.Option(help="Those of one plan.")] = "",
    year: YearOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the drills that were held, by plan."""
    from warnbroker.api.drills import drill_json, plan_json
    from warnbroker.settings import load

    settings = load(config)
    plans, drills = run(_all(settings, plan, year))
    if json:
        rows = [
            plan_json(item)
            | {"drills": [drill_json(d) for d in drills if d.plan_code == item.code]}
            for item in plans
        ]
        typer.echo(orjson.dumps(rows).decode())
        return
    out.print(drills_table(plans, drills, _zone(settings)))


async def _all(
    settings: Settings, plan: str, year: int | None
) -> tuple[list[ContingencyPlan], list[Drill]]:
    from warnbroker.app import open_ledger

    plans: list[ContingencyPlan] = []
    drills: list[Drill] = []
    period = _year(settings, year) if year else None
    async with open_ledger(settings) as store:
        while page := await store.drills.plans(plans[-1].code if plans else "", PAGE):
            plans += page
        after = 0
        while found := await store.drills.drills(plan=plan, period=period, after=after, limit=PAGE):
            drills += found
            after = found[-1].id
    return [item for item in plans if plan in {"", item.code}], drills


@app.command()
def coverage(
    *, year: YearOption = None, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Show by authority what share of its plans was drilled in a year; by default this one."""
    from warnbroker.api.drills import coverage_json
    from warnbroker.settings import load

    settings = load(config)
    when = year or datetime.now(_zone(settings)).year
    found, goal = run(_coverage(settings, when)), settings.drills.goal
    if json:
        items = [coverage_json(item, goal) for item in found]
        typer.echo(orjson.dumps({"year": when, "goal": goal, "items": items}).decode())
        return
    out.print(coverage_table(found, goal, when))


async def _coverage(settings: Settings, year: int) -> list[Coverage]:
    from warnbroker.app import open_ledger

    async with open_ledger(settings) as store:
        return list(await store.drills.coverage(_year(settings, year)))


@app.command("add-plan")
def add_plan(
    code: Annotated[str, typer.Argument(help="What the plan is told apart by.")],
    *,
    name: Annotated[list[str], typer.Option(help="LANGUAGE=NAME, such as zh-CN=防汛预案.")],
    authority: Annotated[
        str, typer.Option(help="Whose it is; default: the municipality's own.")
    ] = "",
    hazard: Annotated[str, typer.Option(help="The hazard that it is for.")] = "",
    region: Annotated[str, typer.Option(help="The code of the region that it is for.")] = "",
    document: Annotated[str, typer.Option(help="Where it is written.")] = "",
    adopted: Annotated[
        datetime | None, typer.Option(help="When it was adopted; default: now, or as known.")
    ] = None,
    retired: Annotated[bool, typer.Option("--retired", help="It counts no more.")] = False,
    config: ConfigOption = None,
) -> None:
    """Record a contingency plan, or change it."""
    from warnbroker.intake.contingency import judge_plan
    from warnbroker.settings import load

    settings = load(config)
    plan = ContingencyPlan(
        code=code,
        authority=authority or settings.municipality.authority,
        names=dict(map(_name, name)),
        adopted_at=_instant(adopted, _zone(settings)) if adopted else datetime.now(UTC),
        hazard=hazard,
        region=region,
        document=document,
        retired=retired,
    )
    judge_plan(plan)
    changed = run(_keep(settings, plan, dated=adopted is not None))
    told = word("The plan {code} is recorded.") if changed else word("The plan {code} says so.")
    out.print(Text(told.format(code=plain(code)), "green"))


async def _keep(settings: Settings, plan: ContingencyPlan, *, dated: bool) -> bool:
    from warnbroker.app import open_ledger

    async with open_ledger(settings) as store:
        known = await store.drills.plan(plan.code)
        if known is not None and not dated:
            plan = replace(plan, adopted_at=known.adopted_at)
        return await store.drills.keep_plan(plan, actor=operator(), at=datetime.now(UTC))


@app.command()
def record(
    plan: Annotated[str, typer.Argument(help="The code of the plan.")],
    *,
    held: Annotated[datetime, typer.Option(help="When it was held, local time.")],
    participants: Annotated[int, typer.Option(help="How many people took part.", min=1)],
    outcome: Annotated[Outcome, typer.Option(help="What it showed.")],
    alert: Annotated[str, typer.Option(help="The id of the Exercise or Test that was sent.")] = "",
    remarks: Annotated[str, typer.Option(help="What was learnt.")] = "",
    config: ConfigOption = None,
) -> None:
    """Record a drill of a plan."""
    from warnbroker.settings import load

    settings = load(config)
    now = datetime.now(UTC)
    made = Drill(
        id=0,
        plan_code=plan,
        alert=alert,
        held_at=_instant(held, _zone(settings)),
        participants=participants,
        outcome=outcome,
        remarks=remarks,
        person=operator().name,
        recorded_at=now,
    )
    run(_record(settings, made))
    out.print(Text(word("The drill of {code} is recorded.").format(code=plain(plan)), "green"))


async def _record(settings: Settings, made: Drill) -> None:
    from warnbroker.app import open_ledger
    from warnbroker.intake.contingency import DrillRules
    from warnbroker.model.identity import lone_id

    made = replace(made, id=lone_id(made.recorded_at))
    async with open_ledger(settings) as store:
        await DrillRules(store.alerts).judge(made)
        await store.drills.record(made, actor=operator())


def _name(text: str) -> tuple[str, str]:
    language, found, name = text.partition("=")
    if not found or not language.strip() or not name.strip():
        raise ConfigError(f"--name: {plain(text)!r} must look like zh-CN=防汛预案")
    return language.strip(), name.strip()


def _instant(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _zone(settings: Settings) -> ZoneInfo:
    return ZoneInfo(settings.municipality.time_zone)


def _year(settings: Settings, year: int) -> Period:
    from warnbroker.intake.contingency import year_of

    return year_of(year, datetime.now(_zone(settings)))
