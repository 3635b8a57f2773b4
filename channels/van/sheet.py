"""A van's sheet: the page as HTML, with its map, its rows and its code."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.van import words
from channels.van.layout import WIDTH, lay_out
from channels.van.map import draw
from channels.van.model import Kind, Move, Note, Plan, Row, VanPlan
from channels.van.words import Pair
from warnbroker.model.level import in_language


def acknowledgement(plan: Plan, part: VanPlan) -> str:
    """Return what the sheet's code says: ``WARN|alert|van|rN``, of a drill ``DRILL|…``."""
    word = "DRILL" if plan.briefing.drill else "WARN"
    return f"{word}|{plan.alert}|{part.van.id}|r{plan.briefing.revision}"


def html(plan: Plan, part: VanPlan) -> str:
    """Return one van's sheet as a page of its own, maps and styles included."""
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("sheet.html.j2").render(_values(plan, part))


def _values(plan: Plan, part: VanPlan) -> dict[str, Any]:
    briefing, van = plan.briefing, part.van
    notes = [words.NOTES[kind] for kind in part.notes if kind in words.NOTES]
    scripts = {tag: _paragraphs(briefing.scripts[tag]) for tag in part.languages}
    layout = lay_out(
        list(briefing.headlines.values()),
        list(briefing.areas.values()),
        notes,
        list(scripts.values()),
        banner=briefing.drill,
    )
    return {
        "plan": plan,
        "part": part,
        "van": van,
        "briefing": briefing,
        "title": words.TITLES[briefing.kind],
        "name": _named(van.names, van.id),
        "start": _named(van.start.names, f"{van.start.lat:.5f}, {van.start.lon:.5f}"),
        "level": _named(briefing.level_names, briefing.level),
        "notes": notes,
        "rows": list(_rows(plan, part)),
        "scripts": scripts,
        "rules": words.STOP_RULES if briefing.kind is Kind.CANCEL else words.RULES,
        "replaced": [f"{van.id}-r{number}" for number in range(1, briefing.revision)],
        "map": draw(plan, part, width_mm=WIDTH, height_mm=layout.map_height) if part.rows else "",
        "map_height": layout.map_height,
        "script_size": layout.script_size,
        "scripts_first": layout.scripts_first,
        "code": _code(acknowledgement(plan, part)),
        "code_text": f"{van.id} r{briefing.revision}",
        "dwell": ceil(part.dwell_seconds),
        "slowed": Note.SPEED_LOWERED in part.notes,
        **_times(plan, part),
    }


def _times(plan: Plan, part: VanPlan) -> dict[str, str]:
    zone = ZoneInfo(plan.briefing.time_zone)
    announced = part.announced
    # A finish is rounded up: half a minute early would be a promise that nobody made.
    finish = part.finish + timedelta(seconds=59) if part.finish else None
    return {
        "roll": _clock(plan.start + timedelta(minutes=part.van.ready_minutes), zone),
        "first": _clock(announced[0].begin, zone) if announced else "",
        "done": _clock(finish, zone) if finish else "",
        "stop": _clock(part.stop, zone),
        "prepared": f"{plan.start.astimezone(zone):%Y-%m-%d %H:%M}",
        "zone": plan.briefing.time_zone,
    }


def _rows(plan: Plan, part: VanPlan) -> Iterator[Mapping[str, Any]]:
    """Yield the announced rows, each with the silent drive that leads to it."""
    zone = ZoneInfo(plan.briefing.time_zone)
    drive: list[Mapping[str, Any]] = []
    for row in part.rows:
        if row.number is None:
            drive += [_move(move) for move in row.moves]
            continue
        yield {
            **_move(row.moves[0]),
            "number": row.number,
            "clock": _clock(row.begin, zone),
            "minute": int((row.begin - plan.start).total_seconds() // 60),
            "drive": drive,
            "metres": _metres(row.metres),
            "stretch": words.stretch(row),
            "people": _people(plan, row),
            "stop": _stop_seconds(part, row),
        }
        drive = []


def _move(move: Move) -> Mapping[str, Any]:
    road = words.street(move.street, move.highway)
    name = road.zh if road.zh == road.en else f"{road.zh} {road.en}"
    return {"turn": words.turn(move), "street": name, "metres": _metres(move.metres)}


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.splitlines() if part.strip()]


def _metres(metres: float) -> int:
    return max(10, round(metres / 10) * 10)


def _stop_seconds(part: VanPlan, row: Row) -> int:
    """Return how long to stay where the street is too short for one reading on the move, else 0."""
    seconds = (row.end - row.begin).total_seconds()
    return ceil(part.dwell_seconds) if seconds > 1.3 * row.metres / (part.kmh / 3.6) else 0


def _people(plan: Plan, row: Row) -> str:
    return f"{row.people:,.0f}" if plan.total else ""


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def _named(names: Mapping[str, str], otherwise: str) -> Pair:
    if not names:
        return Pair(otherwise, otherwise)
    return Pair(in_language(names, "zh-CN"), in_language(names, "en"))


def _code(text: str) -> str:
    import segno

    drawn: str = segno.make(text, error="m").svg_inline(scale=4, border=2)
    return drawn
