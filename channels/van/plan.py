"""The search for routes: who announces which legs, in which order.

Maximal covering with announcing legs and one deadline: a person counts once, for the
first leg that reaches them in time. A greedy start takes the most new people per
minute of travel and service; rounds of ruin and recreate improve it.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_SLACK = 0.02
_NOISE = 0.2

Floats = NDArray[np.float64]
Route = list[int]


@dataclass(frozen=True, slots=True, eq=False)
class VanCase:
    """What the search knows of one van; times are seconds after the plan's start.

    ``service`` and ``approach`` hold one number for each leg (announcing it, getting to it
    from where the van stands); ``hears`` is the legs by places matrix of who hears what.
    """

    ready: float
    limit: float
    approach: Floats
    service: Floats
    hears: "csr_array[Any]"


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """People at places, vans, and the driving seconds between legs (end to beginning)."""

    people: Floats
    vans: tuple[VanCase, ...]
    between: Floats


@dataclass(frozen=True, slots=True, order=True)
class Score:
    """How good a set of routes is: people reached, then how early, then how little driving.

    ``earliness`` is minus the sum of people times the seconds until they have heard.
    """

    people: float
    earliness: float
    driving: float


@dataclass(frozen=True, slots=True)
class Solution:
    """Routes as leg numbers in driving order, one for each van."""

    routes: tuple[tuple[int, ...], ...]
    score: Score
    rounds: int


def solve(problem: Problem, *, rounds: int = 300, seconds: float = 5.0, seed: int = 1) -> Solution:
    """Search until the rounds or the seconds are used up, whichever comes first.

    The answer depends on the problem, the seed and the rounds made alone.
    """
    end = time.monotonic() + seconds
    random = np.random.default_rng(seed)
    here = best = _prune(problem, _fill(problem, _greedy(problem), _Taste(problem)))
    best_score = score(problem, best)
    done = 0
    while done < rounds and time.monotonic() < end and any(here):
        done += 1
        ruined = _ruin(problem, here, random)
        routes = _prune(problem, _fill(problem, ruined, _Taste(problem, random)))
        if not all(_in_time(problem, van, route) for van, route in enumerate(routes)):
            continue
        found = score(problem, routes)
        # A little worse is a step too: a search that only climbs stops on the first hill.
        if found.people >= best_score.people * (1 - _SLACK * random.random()):
            here = routes
        if found > best_score:
            best, best_score = routes, found
    return Solution(tuple(tuple(route) for route in best), best_score, done)


def timetable(problem: Problem, van: int, route: Sequence[int]) -> list[tuple[float, float]]:
    """Return the second at which each leg of a route begins and ends."""
    case, now, last = problem.vans[van], problem.vans[van].ready, -1
    times = []
    for leg in route:
        begin = now + float(case.approach[leg] if last < 0 else problem.between[last, leg])
        now, last = begin + float(case.service[leg]), leg
        times.append((begin, now))
    return times


def first_heard(problem: Problem, routes: Sequence[Sequence[int]]) -> Floats:
    """Return the second by which each place has heard the message, infinity if never."""
    heard = np.full(len(problem.people), np.inf)
    for van, route in enumerate(routes):
        for leg, (_, end) in zip(route, timetable(problem, van, route), strict=True):
            places = _hearers(problem.vans[van], leg)
            heard[places] = np.minimum(heard[places], end)
    return heard


def score(problem: Problem, routes: Sequence[Sequence[int]]) -> Score:
    """Judge a set of routes."""
    heard = first_heard(problem, routes)
    reached = np.isfinite(heard)
    driving = sum(_driving(problem, van, route) for van, route in enumerate(routes) if route)
    waiting = float((problem.people[reached] * heard[reached]).sum())
    return Score(float(problem.people[reached].sum()), -round(waiting, 3), -round(driving, 3))


def _driving(problem: Problem, van: int, route: Sequence[int]) -> float:
    case = problem.vans[van]
    end = timetable(problem, van, route)[-1][1]
    return float(end - case.ready - case.service[list(route)].sum())


def _hearers(case: VanCase, leg: int) -> NDArray[np.intp]:
    return np.asarray(case.hears.indices[case.hears.indptr[leg] : case.hears.indptr[leg + 1]])


def _greedy(problem: Problem) -> list[Route]:
    """Let the van that is free first take the leg with the most new people per second."""
    routes: list[Route] = [[] for _ in problem.vans]
    free = {van: case.ready for van, case in enumerate(problem.vans)}
    unheard = problem.people.copy()
    while free:
        van = min(free, key=lambda name: (free[name], name))
        case, route = problem.vans[van], routes[van]
        travel = problem.between[route[-1]] if route else case.approach
        cost = travel + case.service
        gain = case.hears @ unheard
        rate = np.where((free[van] + cost <= case.limit) & (gain > 0), gain / cost, 0.0)
        leg = int(rate.argmax()) if rate.size else 0
        if not rate.size or rate[leg] <= 0:
            del free[van]
            continue
        route.append(leg)
        free[van] += float(cost[leg])
        unheard[_hearers(case, leg)] = 0
    return routes


class _Taste:
    """What a round prefers: gain to a power, and a whim for each leg."""

    def __init__(self, problem: Problem, random: np.random.Generator | None = None) -> None:
        self.power, self.whim = 1.0, np.ones(len(problem.between))
        if random is not None:
            self.power = float(random.uniform(0.4, 2.0))
            self.whim = random.uniform(1 - _NOISE, 1 + _NOISE, len(problem.between))


@dataclass(slots=True)
class _Insertion:
    """The cheapest place in one van's route for each leg."""

    extra: Floats
    place: NDArray[np.intp]
    length: float = field(default=0.0)


def _fill(problem: Problem, routes: list[Route], taste: _Taste) -> list[Route]:
    """Insert legs while one fits, by gain per second that it adds."""
    routes = [list(route) for route in routes]
    unheard = problem.people.copy()
    for van, route in enumerate(routes):
        for leg in route:
            unheard[_hearers(problem.vans[van], leg)] = 0
    options = [_insertion(problem, van, route) for van, route in enumerate(routes)]
    while (choice := _best(problem, options, unheard, taste)) is not None:
        van, leg = choice
        routes[van].insert(int(options[van].place[leg]), leg)
        unheard[_hearers(problem.vans[van], leg)] = 0
        options[van] = _insertion(problem, van, routes[van])
    return routes


def _insertion(problem: Problem, van: int, route: Route) -> _Insertion:
    case = problem.vans[van]
    into = np.vstack([case.approach, problem.between[route]]) if route else case.approach[None, :]
    out = np.zeros_like(into)
    out[:-1] = problem.between[:, route].T
    direct = np.zeros(len(route) + 1)
    if route:
        direct[0] = case.approach[route[0]]
        direct[1:-1] = problem.between[route[:-1], route[1:]]
    extra = into + out - direct[:, None] + case.service
    place = extra.argmin(axis=0)
    times = timetable(problem, van, route)
    return _Insertion(extra.min(axis=0), place, times[-1][1] if times else case.ready)


def _best(
    problem: Problem, options: Sequence[_Insertion], unheard: Floats, taste: _Taste
) -> tuple[int, int] | None:
    best, choice = 0.0, None
    for van, (case, option) in enumerate(zip(problem.vans, options, strict=True)):
        gain = case.hears @ unheard
        fits = (option.length + option.extra <= case.limit) & (gain > 0)
        worth = gain**taste.power * taste.whim
        rate = np.where(fits, worth / np.maximum(option.extra, 1.0), 0.0)
        leg = int(rate.argmax()) if rate.size else 0
        if rate.size and rate[leg] > best:
            best, choice = float(rate[leg]), (van, leg)
    return choice


def _prune(problem: Problem, routes: list[Route]) -> list[Route]:
    """Drop legs, latest first, whose hearers all hear another leg."""
    times = np.zeros(len(problem.people))
    for van, leg in _all(routes):
        times[_hearers(problem.vans[van], leg)] += 1
    kept = [list(route) for route in routes]
    for van, leg in reversed(list(_all(routes))):
        places = _hearers(problem.vans[van], leg)
        rest = [other for other in kept[van] if other != leg]
        if (times[places] > 1).all() and _in_time(problem, van, rest):
            times[places] -= 1
            kept[van] = rest
    return kept


def _in_time(problem: Problem, van: int, route: Sequence[int]) -> bool:
    times = timetable(problem, van, route)
    return not times or times[-1][1] <= problem.vans[van].limit


def _all(routes: Sequence[Route]) -> Iterator[tuple[int, int]]:
    return ((van, leg) for van, route in enumerate(routes) for leg in route)


def _ruin(problem: Problem, routes: Sequence[Route], random: np.random.Generator) -> list[Route]:
    """Take legs out: a stretch of one route, or those nearest to one leg."""
    everything = list(_all(routes))
    size = int(random.integers(1, min(12, len(everything)) + 1))
    van, leg = everything[int(random.integers(len(everything)))]
    if random.random() < 0.5:
        at = routes[van].index(leg)
        gone = {(van, other) for other in routes[van][at : at + size]}
    else:
        near = sorted(everything, key=lambda other: problem.between[leg, other[1]])
        gone = set(near[:size])
    return [[leg for leg in route if (van, leg) not in gone] for van, route in enumerate(routes)]
