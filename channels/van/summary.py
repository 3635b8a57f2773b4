"""A plan in brief, for people and scripts: ``plan.json``, without the geometry."""

from typing import Any

from channels.van import words
from channels.van.model import Plan, Row, VanPlan


def summary(plan: Plan) -> dict[str, Any]:
    """Return people reached, and each van's streets in order, ready for JSON."""
    return {
        "alert": plan.alert,
        "kind": plan.briefing.kind.value,
        "drill": plan.briefing.drill,
        "revision": plan.briefing.revision,
        "replaces": list(plan.briefing.replaces),
        "start": plan.start.isoformat(),
        "deadline": plan.deadline.isoformat(),
        "people": {
            "total": _number(plan.total),
            "reachable": _number(plan.reachable),
            "reached": _number(plan.reached),
        },
        "people_source": plan.people_source,
        "vans": {part.van.id: _van(plan, part) for part in plan.vans},
        "attribution": plan.attribution,
    }


def _van(plan: Plan, part: VanPlan) -> dict[str, Any]:
    minutes = (part.finish - plan.start).total_seconds() / 60 if part.finish else 0.0
    return {
        "legs": sum(len(row.legs) for row in part.rows),
        "streets": len(part.announced),
        "minutes": round(minutes, 1),
        "people": _number(part.people),
        "announcing_kmh": part.kmh,
        "reach_m": part.half_width,
        "stop": part.stop.isoformat(),
        "notes": [note.value for note in part.notes],
        "route": [_row(row) for row in part.announced],
    }


def _row(row: Row) -> dict[str, Any]:
    move = row.moves[-1]
    return {
        "no": row.number,
        "street": words.street(move.street, move.highway).en,
        "stretch": words.stretch(row),
        "begin": row.begin.isoformat(),
        "end": row.end.isoformat(),
        "metres": round(row.metres),
        "people": _number(row.people),
    }


def _number(people: float) -> float:
    """Return a whole number of people as one; shares of people stay as they are."""
    return int(people) if people == int(people) else people
