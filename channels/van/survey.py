"""What the search needs to know of the ground: roads, legs, people, who hears what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from channels.van.geometry import Points, cut
from channels.van.legs import Leg, hearers, make_legs
from channels.van.osm import Box
from channels.van.plan import Problem, VanCase
from channels.van.population import Population, read_population
from channels.van.request import PlanRequest
from channels.van.roads import Network, read_network
from channels.van.travel import Travel
from channels.van.voice import Voice

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_MARGIN = 0.02
"""Degrees (1 to 2 km) around the area and the vans, in which the vans may drive."""

_STREET_POINT = 25.0


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """The ground of one request; ``counted`` is false where streets stand in for people."""

    network: Network
    legs: tuple[Leg, ...]
    travel: Travel
    problem: Problem
    counted: bool

    @property
    def reachable(self) -> float:
        """Return how many people would hear some leg, given time."""
        heard = np.zeros(len(self.problem.people), dtype=bool)
        for case in self.problem.vans:
            heard[case.hears.indices] = True
        return float(self.problem.people[heard].sum())


def make_survey(request: PlanRequest) -> Survey | None:
    """Read the files and find the legs that somebody in the area hears; None if there are none.

    Raises:
        FileError: the roads or the population cannot be read.
    """
    network = read_network(request.roads, _box(request))
    population = _people(request, network)
    places = network.projection.to_metres(population.places)
    legs, heard = _useful(
        make_legs(network), places, [request.voice(v) for v in request.fleet.vans]
    )
    if not legs:
        return None
    starts = [(van.start.lon, van.start.lat) for van in request.fleet.vans]
    travel = Travel(network, legs, network.projection.to_metres(np.array(starts)))
    problem = _problem(request, travel, legs, population, heard)
    return Survey(network, tuple(legs), travel, problem, population.counted)


def _box(request: PlanRequest) -> Box:
    west, south, east, north = request.area.bounds
    lons = [west, east, *(van.start.lon for van in request.fleet.vans)]
    lats = [south, north, *(van.start.lat for van in request.fleet.vans)]
    return min(lons) - _MARGIN, min(lats) - _MARGIN, max(lons) + _MARGIN, max(lats) + _MARGIN


def _people(request: PlanRequest, network: Network) -> Population:
    if request.population is not None:
        found = read_population(request.population).within(request.area)
        if found.total > 0:
            return found
    return _street_points(network, request.area)


def _street_points(network: Network, area: BaseGeometry) -> Population:
    """Put one stand-in on every 25 m of street, so that a place without figures is still driven."""
    spots = [
        piece.mean(axis=0)
        for arc in network.arcs
        if arc.way.announce
        for piece in cut(arc.points, max(1, round(arc.metres / _STREET_POINT)))
    ]
    places = network.projection.to_degrees(np.array(spots).reshape(-1, 2))
    return Population(places, np.ones(len(places)), counted=False).within(area)


Heard = list[list[NDArray[np.intp]]]
"""For each van, for each leg, the numbers of the places that hear it."""


def _useful(
    legs: Sequence[Leg], places: Points, voices: Sequence[Voice]
) -> tuple[list[Leg], Heard]:
    known: dict[Voice, list[NDArray[np.intp]]] = {}
    for voice in voices:
        if voice not in known:
            known[voice] = hearers(legs, places, voice)
    kept = [i for i in range(len(legs)) if any(len(found[i]) for found in known.values())]
    return [legs[i] for i in kept], [[known[voice][i] for i in kept] for voice in voices]


def _problem(
    request: PlanRequest, travel: Travel, legs: Sequence[Leg], population: Population, heard: Heard
) -> Problem:
    approach = travel.from_starts(len(request.fleet.vans))
    cases = []
    for number, van in enumerate(request.fleet.vans):
        voice = request.voice(van)
        cases.append(
            VanCase(
                ready=van.ready_minutes * 60,
                limit=request.limit(van),
                approach=approach[number],
                service=np.array([voice.seconds(leg.metres) for leg in legs]),
                hears=_matrix(heard[number], len(population.people)),
            )
        )
    return Problem(population.people, tuple(cases), travel.between_legs())


def _matrix(heard: Sequence[NDArray[np.intp]], places: int) -> "csr_array[Any]":
    from scipy.sparse import csr_array

    ends = np.concatenate([[0], np.cumsum([len(found) for found in heard])])
    columns = np.concatenate(heard)
    return csr_array((np.ones(len(columns)), columns, ends), shape=(len(heard), places))
