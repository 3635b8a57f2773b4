"""Who is given the people that were not reached: contact persons and officers of their region."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, hypot, radians

from warnbroker.model.doorstep import DESK
from warnbroker.model.ladder import Action
from warnbroker.model.record import Candidate
from warnbroker.model.region import Region
from warnbroker.targeting import RegionTree, home_of

ROLES: Mapping[Action, str] = {Action.CONTACTS: "contact", Action.LAST_MILE: "officer"}
"""The role of those who hold the lists of a step."""


@dataclass(slots=True)
class Holders:
    """Finds holders: the nearest region around somebody that has any.

    All contact persons of that region get them; of officers one, the nearest, else, where
    nobody knows how far it is, the one with the shortest list. ``loads`` counts what each
    was given.
    """

    people: Sequence[Candidate]
    tree: RegionTree
    loads: Counter[int] = field(default_factory=Counter)
    _by_region: dict[str, list[Candidate]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the holders by the regions that they are of."""
        for person in self.people:
            home = home_of(person, self.tree)[:1]
            for code in person.regions or {region.code for region in home}:
                self._by_region.setdefault(code, []).append(person)

    def of(self, action: Action, person: Candidate, home: Iterable[Region]) -> Sequence[int]:
        """Return the holders that somebody is given to; the desk, where there is none."""
        for region in home:
            found = [
                holder
                for holder in self._by_region.get(region.code, ())
                if holder.subscriber_id != person.subscriber_id
            ]
            if found and action is Action.CONTACTS:
                return [holder.subscriber_id for holder in found]
            if found:
                return [self._given(found, person)]
        others = [one for one in self.people if one.subscriber_id != person.subscriber_id]
        if action is Action.LAST_MILE and others:
            # Of a region without officers, the nearest of any will do.
            return [self._given(others, person)]
        return [DESK]

    def _given(self, holders: Sequence[Candidate], person: Candidate) -> int:
        chosen = min(holders, key=lambda holder: self._order(holder, person)).subscriber_id
        self.loads[chosen] += 1
        return chosen

    def _order(self, holder: Candidate, person: Candidate) -> tuple[float, int, int]:
        return (
            _distance(holder, person), self.loads[holder.subscriber_id], holder.subscriber_id,
        )  # fmt: skip


def _distance(holder: Candidate, person: Candidate) -> float:
    """Return about how far apart two are, in degrees of latitude; endless where nobody knows."""
    if holder.position is None or person.position is None:
        return float("inf")
    (north, east), (other_north, other_east) = holder.position, person.position
    return hypot(north - other_north, (east - other_east) * cos(radians(north)))
