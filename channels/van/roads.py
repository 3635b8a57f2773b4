"""The road network: directed arcs between junctions, and which arc may follow which."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from channels.van.geometry import Points, Projection, bearing, cut, length, turn_angle
from channels.van.osm import Box, Extract, Way, read_extract

LONGEST_ARC = 300.0
"""Metres; a longer road is cut, so that an announcing leg never exceeds it."""

_TURN_SECONDS = 4.0
_DEAD_END_SECONDS = 30.0
_U_TURN_SECONDS = 60.0


@dataclass(frozen=True, eq=False)
class Arc:
    """A piece of road from one junction to the next, in one direction.

    ``points`` are metres; ``seconds`` is the time to drive it without announcing;
    ``twin`` is the same road the other way, None if it is one-way.
    """

    start: int
    end: int
    points: Points
    metres: float
    seconds: float
    way: Way
    twin: int | None = None

    @property
    def name(self) -> str:
        """Return the street's name, empty if it has none."""
        return self.way.name

    @cached_property
    def heading_in(self) -> float:
        """Return where the arc heads at its start, in degrees clockwise from north."""
        return bearing(self.points, at_end=False)

    @cached_property
    def heading_out(self) -> float:
        """Return where the arc heads at its end, in degrees clockwise from north."""
        return bearing(self.points, at_end=True)


@dataclass(frozen=True)
class Network:
    """The largest part of the road network where every arc can be reached from every other."""

    projection: Projection
    arcs: tuple[Arc, ...]
    followers: tuple[tuple[tuple[int, float], ...], ...]
    """For each arc the arcs that may follow it, each with the seconds that the turn takes."""

    @cached_property
    def leaving(self) -> Mapping[int, tuple[int, ...]]:
        """Return the arcs that leave each junction."""
        return {node: tuple(arcs) for node, arcs in _by_node(self.arcs, "start").items()}

    @cached_property
    def arriving(self) -> Mapping[int, tuple[int, ...]]:
        """Return the arcs that end at each junction."""
        return {node: tuple(arcs) for node, arcs in _by_node(self.arcs, "end").items()}


def read_network(path: Path, box: Box) -> Network:
    """Read the roads inside a box and keep what hangs together.

    Raises:
        FileError: the file is missing or is no OpenStreetMap data.
    """
    west, south, east, north = box
    projection = Projection((west + east) / 2, (south + north) / 2)
    return build_network(read_extract(path, box), projection)


def build_network(extract: Extract, projection: Projection) -> Network:
    """Cut ways at junctions and barriers, make arcs of them, and drop what is cut off."""
    arcs = list(_arcs(extract, projection))
    followers = _followers(arcs, _banned(arcs, extract))
    return Network(projection, *_largest_part(arcs, followers))


def _arcs(extract: Extract, projection: Projection) -> Iterator[Arc]:
    uses = Counter(node for way in extract.ways for node in way.nodes)
    ends = {way.nodes[i] for way in extract.ways for i in (0, -1)}
    junctions = ends | {node for node, times in uses.items() if times > 1} | extract.blocked
    private_nodes = iter(range(-1, -(10**9), -1))
    number = 0
    for way in extract.ways:
        for nodes, positions in _pieces(way, junctions):
            start, end = (
                next(private_nodes) if node in extract.blocked else node
                for node in (nodes[0], nodes[-1])
            )
            line = projection.to_metres(np.array(positions))
            parts = cut(line, max(1, int(np.ceil(length(line) / LONGEST_ARC))))
            stops = [start, *(next(private_nodes) for _ in parts[1:]), end]
            for part, first, last in zip(parts, stops, stops[1:], strict=False):
                made = _both_ways(way, part, (first, last), number)
                number += len(made)
                yield from made


def _pieces(way: Way, junctions: set[int]) -> Iterator[tuple[list[int], list[tuple[float, float]]]]:
    start = 0
    for i in range(1, len(way.nodes)):
        if way.nodes[i] in junctions:
            yield list(way.nodes[start : i + 1]), list(way.positions[start : i + 1])
            start = i


def _both_ways(way: Way, line: Points, ends: tuple[int, int], number: int) -> list[Arc]:
    metres = max(length(line), 0.1)
    seconds = metres / (way.kmh / 3.6)
    there = Arc(ends[0], ends[1], line, metres, seconds, way)
    back = Arc(ends[1], ends[0], line[::-1], metres, seconds, way)
    if way.direction:
        return [there if way.direction > 0 else back]
    return [replace(there, twin=number + 1), replace(back, twin=number)]


def _by_node(arcs: Sequence[Arc], end: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for index, arc in enumerate(arcs):
        found[getattr(arc, end)].append(index)
    return found


def _banned(arcs: Sequence[Arc], extract: Extract) -> set[tuple[int, int]]:
    """Return the pairs of arcs that turn restrictions forbid."""
    arriving, leaving = _by_node(arcs, "end"), _by_node(arcs, "start")
    banned: set[tuple[int, int]] = set()
    for rule in extract.restrictions:
        origins = [a for a in arriving.get(rule.via, ()) if arcs[a].way.id == rule.origin]
        targets = {a for a in leaving.get(rule.via, ()) if arcs[a].way.id == rule.target}
        # A rule whose target was left out (a footway, say) must not close the junction.
        if rule.only and targets:
            targets = set(leaving[rule.via]) - targets
        banned.update((origin, target) for origin in origins for target in targets)
    return banned


def _followers(
    arcs: Sequence[Arc], banned: set[tuple[int, int]]
) -> tuple[tuple[tuple[int, float], ...], ...]:
    leaving = _by_node(arcs, "start")
    heads = [arc.heading_in for arc in arcs]
    return tuple(
        tuple(
            (b, _turn_seconds(arc, b, heads[b], len(leaving[arc.end])))
            for b in leaving.get(arc.end, ())
            if (index, b) not in banned
        )
        for index, arc in enumerate(arcs)
    )


def _turn_seconds(arc: Arc, follower: int, heading: float, choices: int) -> float:
    if follower == arc.twin:
        return _DEAD_END_SECONDS if choices == 1 else _U_TURN_SECONDS
    return _TURN_SECONDS if abs(turn_angle(arc.heading_out, heading)) > 30 else 0.0


def _largest_part(
    arcs: Sequence[Arc], followers: Sequence[Sequence[tuple[int, float]]]
) -> tuple[tuple[Arc, ...], tuple[tuple[tuple[int, float], ...], ...]]:
    if not arcs:
        return (), ()
    labels = _components(followers)
    sizes = np.bincount(labels, weights=[arc.metres for arc in arcs])
    kept = np.flatnonzero(labels == int(sizes.argmax()))
    number = {int(old): new for new, old in enumerate(kept)}
    return (
        tuple(_renumbered(arcs[i], number) for i in number),
        tuple(tuple((number[b], cost) for b, cost in followers[i] if b in number) for i in number),
    )


def _renumbered(arc: Arc, number: Mapping[int, int]) -> Arc:
    return replace(arc, twin=None if arc.twin is None else number.get(arc.twin))


def _components(followers: Sequence[Sequence[tuple[int, float]]]) -> NDArray[Any]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    count = len(followers)
    rows = [i for i, found in enumerate(followers) for _ in found]
    columns = [b for found in followers for b, _ in found]
    graph = csr_array((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=True, connection="strong")[1])
