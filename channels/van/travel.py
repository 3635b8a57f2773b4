"""Fastest ways through the network, turn by turn: times between legs, and the arcs to drive."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from channels.van.geometry import Points
from channels.van.legs import Leg
from channels.van.roads import Network

_APPROACH_SPEED = 10 / 3.6
"""Metres per second from where a van stands to the nearest junction, as the crow flies."""

Seconds = NDArray[np.float64]


class Travel:
    """Times and ways between the ends and the beginnings of legs.

    The graph's nodes are the arcs themselves, so that forbidden turns and the time that a
    turn takes count. Each start stands behind them as a node of its own.
    """

    def __init__(self, network: Network, legs: Sequence[Leg], starts: Points) -> None:
        from scipy.sparse import csr_array

        self._seconds = np.array([arc.seconds for arc in network.arcs])
        self._first = np.array([leg.arcs[0] for leg in legs], dtype=np.intp)
        self._last = np.array([leg.arcs[-1] for leg in legs], dtype=np.intp)
        self._count = len(network.arcs)
        edges = [*_turns(network), *_approaches(network, starts)]
        rows, columns, weights = zip(*edges, strict=True)
        size = self._count + len(starts)
        self._graph = csr_array((weights, (rows, columns)), shape=(size, size))

    def between_legs(self) -> Seconds:
        """Return the seconds from the end of each leg (row) to the beginning of each (column).

        The diagonal is infinite: no leg follows itself.
        """
        seconds = self._to_beginnings(self._last)
        np.fill_diagonal(seconds, np.inf)
        return seconds

    def from_starts(self, count: int) -> Seconds:
        """Return the seconds from each start (row) to the beginning of each leg (column)."""
        return self._to_beginnings(np.arange(self._count, self._count + count))

    def way(self, origin: int | None, start: int, target: int) -> tuple[int, ...]:
        """Return the arcs to drive before leg ``target``: from leg ``origin``, or from a start."""
        from scipy.sparse.csgraph import dijkstra

        source = self._count + start if origin is None else int(self._last[origin])
        _, tree = dijkstra(self._graph, indices=[source], return_predecessors=True)
        before = tree[0]
        arcs: list[int] = []
        arc = int(before[self._first[target]])
        while arc not in (source, -9999):
            arcs.append(arc)
            arc = int(before[arc])
        return tuple(reversed(arcs))

    def _to_beginnings(self, sources: NDArray[np.intp]) -> Seconds:
        from scipy.sparse.csgraph import dijkstra

        # Several legs may end with one arc: ask once for each.
        unique, back = np.unique(sources, return_inverse=True)
        to_ends = dijkstra(self._graph, indices=unique)[:, self._first]
        return cast(Seconds, (to_ends - self._seconds[self._first])[back])


def _turns(network: Network) -> list[tuple[int, int, float]]:
    return [
        (a, b, cost + network.arcs[b].seconds)
        for a, found in enumerate(network.followers)
        for b, cost in found
    ]


def _approaches(network: Network, starts: Points) -> list[tuple[int, int, float]]:
    nodes = list(network.leaving)
    spots = np.array([network.arcs[network.leaving[node][0]].points[0] for node in nodes])
    edges = []
    for number, start in enumerate(starts):
        away = np.hypot(*(spots - start).T)
        nearest = int(away.argmin())
        seconds = float(away[nearest]) / _APPROACH_SPEED
        edges += [
            (len(network.arcs) + number, b, seconds + network.arcs[b].seconds)
            for b in network.leaving[nodes[nearest]]
        ]
    return edges
