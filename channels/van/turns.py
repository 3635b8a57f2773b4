"""Turn-by-turn directions: a van's drive as rows of streets, turns and distances."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, pairwise

import numpy as np

from channels.van.geometry import turn_angle
from channels.van.model import LegRecord, LonLat, Move, Row, Turn
from channels.van.roads import Network

_GAP = 80.0
"""Metres: a shorter silent stretch between two legs of one street is announced through."""

_NEARBY = 60.0
_SAME_STREET = 60.0
_UNNAMED_STREET = 30.0

_TURNS = (
    (30, Turn.STRAIGHT, Turn.STRAIGHT),
    (55, Turn.BEAR_LEFT, Turn.BEAR_RIGHT),
    (125, Turn.LEFT, Turn.RIGHT),
    (180, Turn.SHARP_LEFT, Turn.SHARP_RIGHT),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One arc of a drive; times are seconds after the plan's start; ``leg`` None = silent."""

    arc: int
    leg: int | None
    begin: float
    end: float
    announced: bool


class Directions:
    """Words a drive over one network."""

    def __init__(self, network: Network, start: datetime, people: Callable[[int], float]) -> None:
        """Take the network, the plan's start, and how many hear each leg first."""
        self._network = network
        self._start = start
        self._people = people

    def rows(self, steps: Sequence[Step]) -> list[Row]:
        """Return the rows of a whole drive, the announced ones numbered from 1."""
        rows: list[Row] = []
        before: int | None = None
        number = 0
        for section in self._sections(self._bridged(list(steps))):
            number += section[0].announced
            rows.append(self._row(section, before, number))
            before = section[-1].arc
        return rows

    def _row(self, section: Sequence[Step], before: int | None, number: int) -> Row:
        arcs = [step.arc for step in section]
        announced = section[0].announced
        legs = tuple(self._legs(section))
        return Row(
            number=number if announced else None,
            moves=tuple(self._moves(arcs, before)),
            origin=self._crossing(arcs[0], at_end=False) if announced else "",
            target=self._crossing(arcs[-1], at_end=True) if announced else "",
            begin=self._at(section[0].begin),
            end=self._at(section[-1].end),
            people=sum(leg.people for leg in legs),
            line=self._line(arcs),
            legs=legs,
        )

    def _legs(self, section: Sequence[Step]) -> Iterator[LegRecord]:
        for leg, group in groupby(section, key=lambda step: step.leg):
            steps = list(group)
            if leg is not None:
                yield LegRecord(
                    begin=self._at(steps[0].begin),
                    end=self._at(steps[-1].end),
                    people=self._people(leg),
                    line=self._line([step.arc for step in steps]),
                )

    def _bridged(self, steps: list[Step]) -> list[Step]:
        """Announce through short silent stretches of one street, so that its row stays whole."""
        done: list[Step] = []
        for leg, group in groupby(steps, key=lambda step: step.leg):
            run = list(group)
            after = steps[len(done) + len(run) :][:1]
            if leg is None and done and after and self._is_bridge([done[-1], *run, *after]):
                run = [replace(step, announced=True) for step in run]
            done += run
        return done

    def _is_bridge(self, steps: Sequence[Step]) -> bool:
        metres = sum(self._network.arcs[step.arc].metres for step in steps[1:-1])
        audible = all(self._network.arcs[step.arc].way.announce for step in steps)
        return (
            audible
            and metres <= _GAP
            and all(self._goes_on(a.arc, b.arc) for a, b in pairwise(steps))
        )

    def _sections(self, steps: Sequence[Step]) -> Iterator[list[Step]]:
        section: list[Step] = []
        for step in steps:
            if section and not self._belongs(section[-1], step):
                yield section
                section = []
            section.append(step)
        if section:
            yield section

    def _belongs(self, last: Step, step: Step) -> bool:
        if last.announced != step.announced:
            return False
        return not step.announced or self._goes_on(last.arc, step.arc)

    def _goes_on(self, last: int, index: int) -> bool:
        """Say whether a driver would call the second arc the same street as the first."""
        before, arc = self._network.arcs[last], self._network.arcs[index]
        if index == before.twin or before.name != arc.name:
            return False
        bend = abs(turn_angle(before.heading_out, arc.heading_in))
        return bend <= (_SAME_STREET if arc.name else _UNNAMED_STREET) or self._no_choice(last)

    def _no_choice(self, index: int) -> bool:
        arc = self._network.arcs[index]
        return len([b for b, _ in self._network.followers[index] if b != arc.twin]) == 1

    def _moves(self, arcs: Sequence[int], before: int | None) -> list[Move]:
        moves: list[Move] = []
        last, circle = before, [] if before is None else self._circle([before])
        pending = 0.0
        for index in arcs:
            arc = self._network.arcs[index]
            if arc.way.roundabout:
                circle, pending = [*circle, index], pending + arc.metres
                continue
            if moves and last is not None and not circle and self._goes_on(last, index):
                moves[-1] = moves[-1].model_copy(update={"metres": moves[-1].metres + arc.metres})
            else:
                moves.append(self._move(index, last, circle, pending))
            last, circle, pending = index, [], 0.0
        return moves or [self._move(arcs[0], before, [], 0.0)]

    def _circle(self, arcs: Sequence[int]) -> list[int]:
        return [index for index in arcs if self._network.arcs[index].way.roundabout]

    def _move(self, index: int, last: int | None, circle: Sequence[int], metres: float) -> Move:
        arc = self._network.arcs[index]
        exits = sum(self._has_exit(passed) for passed in circle)
        return Move(
            turn=Turn.ROUNDABOUT if exits else self._turn(last, index),
            exit=exits,
            street=arc.name,
            highway=arc.way.highway,
            metres=metres + arc.metres,
        )

    def _has_exit(self, index: int) -> bool:
        end = self._network.arcs[index].end
        return any(
            not self._network.arcs[b].way.roundabout for b in self._network.leaving.get(end, ())
        )

    def _turn(self, last: int | None, index: int) -> Turn:
        if last is None:
            return Turn.START
        before, arc = self._network.arcs[last], self._network.arcs[index]
        if index == before.twin:
            return Turn.U_TURN
        angle = turn_angle(before.heading_out, arc.heading_in)
        if abs(angle) <= _SAME_STREET and self._no_choice(last):
            return Turn.STRAIGHT
        left, right = next(words[1:] for words in _TURNS if abs(angle) <= words[0])
        return left if angle < 0 else right

    def _crossing(self, index: int, *, at_end: bool) -> str:
        """Name the street that crosses at one end of an arc, or the nearest one within 60 m."""
        arc = self._network.arcs[index]
        spot = arc.points[-1 if at_end else 0]
        node = arc.end if at_end else arc.start
        here = self._names_at(node) - {arc.name}
        if here:
            return min(here)
        near = [
            (float(np.hypot(*(other.points[0] - spot))), other.name)
            for other in self._network.arcs
            if other.name and other.name != arc.name
        ]
        away, name = min(near, default=(np.inf, ""))
        return name if away <= _NEARBY else ""

    def _names_at(self, node: int) -> set[str]:
        network = self._network
        arcs = (*network.leaving.get(node, ()), *network.arriving.get(node, ()))
        return {network.arcs[index].name for index in arcs} - {""}

    def _line(self, arcs: Sequence[int]) -> tuple[LonLat, ...]:
        lines = [self._network.arcs[index].points for index in arcs]
        joined = np.vstack([lines[0], *(line[1:] for line in lines[1:])])
        degrees = self._network.projection.to_degrees(joined)
        return tuple((round(float(lon), 6), round(float(lat), 6)) for lon, lat in degrees)

    def _at(self, seconds: float) -> datetime:
        return self._start + timedelta(seconds=round(seconds))
