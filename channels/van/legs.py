"""Announcing legs: stretches of one street, at most 300 m, and the people who hear each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import STRtree, points
from shapely.geometry import LineString

from channels.van.geometry import Points, length, turn_angle
from channels.van.roads import LONGEST_ARC, Network
from channels.van.voice import Voice

_STRAIGHT = 35.0
_STEP = 5.0
_SHORTEST = 30.0
"""Metres; a shorter stub is a place to stop, not a street to send a van into."""


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """A stretch of one street in one direction, as the arcs that follow each other."""

    arcs: tuple[int, ...]
    points: Points
    metres: float


def make_legs(network: Network) -> list[Leg]:
    """Join arcs that run straight on under one name, then cut the chains into legs.

    Both directions of a street are legs of their own: they are alternatives, and
    whichever is driven, the other brings no new people.
    """
    chains = _chains(network)
    legs = [_leg(network, part) for chain in chains for part in _parts(network, chain)]
    return [leg for leg in legs if leg.metres >= _SHORTEST]


def _chains(network: Network) -> list[list[int]]:
    follows = {
        a: b for a in range(len(network.arcs)) if (b := _straight_on(network, a)) is not None
    }
    led = set(follows.values())
    heads = [a for a in range(len(network.arcs)) if a not in led]
    seen: set[int] = set()
    chains = []
    # Rings have no head: they start at their lowest arc, after all others are done.
    for head in [*heads, *range(len(network.arcs))]:
        chain: list[int] = []
        arc: int | None = head
        while arc is not None and arc not in seen:
            seen.add(arc)
            chain.append(arc)
            arc = follows.get(arc)
        if chain and network.arcs[head].way.announce:
            chains.append(chain)
    return chains


def _straight_on(network: Network, index: int) -> int | None:
    """Return the arc that continues a street, if each is the other's straightest."""
    best = _straightest(network, index, [b for b, _ in network.followers[index]], ahead=True)
    if best is None:
        return None
    before = network.arriving.get(network.arcs[best].start, ())
    return best if _straightest(network, best, before, ahead=False) == index else None


def _straightest(network: Network, index: int, others: Sequence[int], *, ahead: bool) -> int | None:
    arc = network.arcs[index]
    angles = []
    for other in others:
        rival = network.arcs[other]
        first, second = (arc, rival) if ahead else (rival, arc)
        angle = abs(turn_angle(first.heading_out, second.heading_in))
        alike = arc.way.announce and rival.way.announce and arc.name == rival.name
        if alike and other != arc.twin and angle <= _STRAIGHT:
            angles.append((angle, other))
    return min(angles)[1] if angles else None


def _parts(network: Network, chain: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Cut a chain into runs of about equal length, none above the longest leg."""
    total = sum(network.arcs[a].metres for a in chain)
    goal = total / np.ceil(total / LONGEST_ARC)
    part: list[int] = []
    metres = 0.0
    for index in chain:
        step = network.arcs[index].metres
        if part and (metres + step / 2 > goal or metres + step > LONGEST_ARC):
            yield tuple(part)
            part, metres = [], 0.0
        part.append(index)
        metres += step
    if part:
        yield tuple(part)


def _leg(network: Network, arcs: tuple[int, ...]) -> Leg:
    lines = [network.arcs[a].points for a in arcs]
    line = np.vstack([lines[0], *(following[1:] for following in lines[1:])])
    return Leg(arcs, line, length(line))


def hearers(legs: Sequence[Leg], people: Points, voice: Voice) -> list[NDArray[np.intp]]:
    """Return for each leg the indices of the places where a whole message is surely heard.

    A place counts when it lies within the half-width of the leg, and when the van is in
    range of it for 2·τ, or for one whole cycle that begins or ends with the leg (a crew
    starts a cycle at the leg's start and drives on only after a whole one).
    """
    tree = STRtree(points(people))
    found = []
    for leg in legs:
        near = tree.query(LineString(leg.points), predicate="dwithin", distance=voice.half_width)
        found.append(np.sort(near[_hear_all(leg, people[near], voice)]))
    return found


def _hear_all(leg: Leg, people: Points, voice: Voice) -> NDArray[np.bool_]:
    samples, step = _samples(leg)
    away = np.hypot(*(people[:, None, :] - samples[None, :, :]).transpose(2, 0, 1))
    inside = away <= voice.radius
    from_start = np.cumprod(inside, axis=1).sum(axis=1)
    to_end = np.cumprod(inside[:, ::-1], axis=1).sum(axis=1)
    per_step = voice.seconds(leg.metres) * step / leg.metres
    aligned = np.maximum(from_start, to_end) * per_step >= voice.cycle
    return np.asarray(aligned | (_longest_run(inside) * per_step >= 2 * voice.tau))


def _samples(leg: Leg) -> tuple[Points, float]:
    """Return the middles of pieces of about five metres, and the length of one."""
    steps = np.hypot(*np.diff(leg.points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(1, int(np.ceil(leg.metres / _STEP)))
    marks = (np.arange(count) + 0.5) * leg.metres / count
    spots = [np.interp(marks, along, leg.points[:, axis]) for axis in (0, 1)]
    return np.column_stack(spots), leg.metres / count


def _longest_run(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    run = np.zeros(len(inside))
    longest = np.zeros(len(inside))
    for column in inside.T:
        run = (run + 1) * column
        longest = np.maximum(longest, run)
    return longest
