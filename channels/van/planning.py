"""From an alert's area to a plan: survey the ground, search, and word the answer."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import Polygon, orient

from channels.van.fleet import Van
from channels.van.model import Kind, LonLat, Note, Plan, Street, VanPlan
from channels.van.plan import Solution, VanCase, first_heard, solve, timetable
from channels.van.request import PlanRequest
from channels.van.roads import Network
from channels.van.survey import Survey, make_survey
from channels.van.turns import Directions, Step

_MAP_MARGIN = 0.004


def make_plan(request: PlanRequest) -> Plan:
    """Plan all vans' routes for one alert.

    CPU-bound for up to ``request.seconds`` and what reading takes: never call it in an event
    loop. A van without work gets a plan with no rows and a note that says why; so does every
    van where the area holds no street, and where the alert is a Cancel.

    Raises:
        FileError: the roads or the population cannot be read.
    """
    if request.briefing.kind is Kind.CANCEL:
        return _plan(request, [_unrouted(request, van, ()) for van in request.fleet.vans])
    survey = make_survey(request)
    if survey is None:
        vans = [_unrouted(request, van, (Note.NO_STREETS,)) for van in request.fleet.vans]
        return _plan(request, vans)
    solution = solve(survey.problem, rounds=request.rounds, seconds=request.seconds)
    return _worded(request, survey, solution)


def _worded(request: PlanRequest, survey: Survey, solution: Solution) -> Plan:
    people = _people_by_leg(survey, solution)
    vans = [
        _van_plan(request, survey, number, solution.routes[number], people[number])
        for number in range(len(request.fleet.vans))
    ]
    plan = _plan(request, vans)
    known: dict[str, object] = {"people_source": "streets"}
    if survey.counted:
        known = {
            "people_source": request.population.name if request.population else "",
            "total": _round(float(survey.problem.people.sum())),
            "reachable": _round(survey.reachable),
            "reached": _round(solution.score.people),
        }
    return plan.model_copy(update={**known, "streets": _streets(request, survey.network, vans)})


def _plan(request: PlanRequest, vans: Sequence[VanPlan]) -> Plan:
    return Plan(
        alert=request.alert,
        briefing=request.briefing,
        start=request.start,
        deadline=request.deadline,
        vans=tuple(vans),
        area=tuple(_outlines(request.area)),
    )


def _unrouted(request: PlanRequest, van: Van, notes: tuple[Note, ...]) -> VanPlan:
    voice = request.voice(van)
    if voice.lowered_from is not None:
        notes = (*notes, Note.SPEED_LOWERED)
    if request.briefing.hazard_present:
        notes = (*notes, Note.HAZARD_PRESENT)
    return VanPlan(
        van=van,
        languages=request.languages(van),
        kmh=round(voice.speed * 3.6, 1),
        half_width=round(voice.half_width, 1),
        message_seconds=round(voice.cycle, 1),
        dwell_seconds=round(voice.dwell, 1),
        stop=request.start + timedelta(seconds=round(request.limit(van))),
        notes=notes,
    )


def _van_plan(
    request: PlanRequest,
    survey: Survey,
    number: int,
    route: Sequence[int],
    people: dict[int, float],
) -> VanPlan:
    van, case = request.fleet.vans[number], survey.problem.vans[number]
    unknown = () if survey.counted else (Note.POPULATION_UNKNOWN,)
    if not route:
        return _unrouted(request, van, (_why_unrouted(case), *unknown))
    steps = _drive(survey, number, route)
    rows = Directions(survey.network, request.start, people.__getitem__).rows(steps)
    return _unrouted(request, van, unknown).model_copy(
        update={
            "rows": tuple(rows),
            "people": _round(sum(people.values())),
            "finish": rows[-1].end,
        }
    )


def _why_unrouted(case: VanCase) -> Note:
    soonest = case.ready + float((case.approach + case.service).min())
    return Note.NO_TIME if soonest > case.limit else Note.NO_WORK


def _people_by_leg(survey: Survey, solution: Solution) -> list[dict[int, float]]:
    """Give each place to the first leg that it hears, so that the rows add up to the total."""
    problem = survey.problem
    heard = first_heard(problem, solution.routes)
    left = problem.people * survey.counted
    people: list[dict[int, float]] = []
    for van, route in enumerate(solution.routes):
        people.append({})
        for leg, (_, end) in zip(route, timetable(problem, van, route), strict=True):
            places = problem.vans[van].hears[[leg]].indices
            first = places[heard[places] == end]
            people[van][leg] = _round(float(left[first].sum()))
            left[first] = 0
    return people


def _drive(survey: Survey, van: int, route: Sequence[int]) -> list[Step]:
    """Lay out a route as the arcs that are driven, each with its time."""
    steps: list[Step] = []
    last: int | None = None
    times = timetable(survey.problem, van, route)
    for leg, (begin, end) in zip(route, times, strict=True):
        way = survey.travel.way(last, van, leg)
        left = steps[-1].end if steps else survey.problem.vans[van].ready
        steps += _timed(survey.network, way, None, (left, begin))
        steps += _timed(survey.network, survey.legs[leg].arcs, leg, (begin, end))
        last = leg
    return steps


def _timed(
    network: Network, arcs: Sequence[int], leg: int | None, span: tuple[float, float]
) -> list[Step]:
    """Spread a span of seconds over arcs by their length."""
    metres = np.array([network.arcs[index].metres for index in arcs])
    marks = np.concatenate([[0.0], np.cumsum(metres)])
    if not len(arcs):
        return []
    times: NDArray[np.float64] = span[0] + (span[1] - span[0]) * marks / marks[-1]
    return [
        Step(index, leg, float(times[i]), float(times[i + 1]), leg is not None)
        for i, index in enumerate(arcs)
    ]


def _outlines(area: BaseGeometry) -> list[tuple[LonLat, ...]]:
    parts = getattr(area, "geoms", [area])
    return [
        tuple((round(x, 6), round(y, 6)) for x, y, *_ in orient(part).exterior.coords)
        for part in parts
        if isinstance(part, Polygon)
    ]


def _streets(request: PlanRequest, network: Network, vans: Sequence[VanPlan]) -> tuple[Street, ...]:
    """Return the roads around the vans' ways, once for both directions, for the map."""
    spots = [spot for part in vans for row in part.rows for spot in row.line]
    spots += [(van.start.lon, van.start.lat) for van in request.fleet.vans]
    low, high = np.min(spots, axis=0) - _MAP_MARGIN, np.max(spots, axis=0) + _MAP_MARGIN
    found = []
    for index, arc in enumerate(network.arcs):
        line = network.projection.to_degrees(arc.points)
        once = arc.twin is None or index < arc.twin
        if once and ((line >= low) & (line <= high)).all(axis=1).any():
            rounded = tuple((round(float(x), 6), round(float(y), 6)) for x, y in line)
            found.append(Street(name=arc.name, highway=arc.way.highway, line=rounded))
    return tuple(found)


def _round(people: float) -> float:
    return round(people, 1)
