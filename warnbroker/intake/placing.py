"""Where a relayed alert holds: what cannot be placed surely is told to nobody, and named."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import shapely
from shapely.geometry.base import BaseGeometry

from warnbroker.cap import check
from warnbroker.cap.relay import defect
from warnbroker.errors import AlertError, Fault
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType
from warnbroker.model.level import LevelScale
from warnbroker.model.publication import Group
from warnbroker.targeting import RegionTree, place
from warnbroker.targeting.relayed import UNPLACED, group_placed

_INFO = re.compile(r"info\[([0-9]+)\](/area\[[0-9]+\]/(?:polygon|circle|geocode)\[[0-9]+\]$)?")
# With these the whole message is too much to compute with, or not all of it was looked at.
_COSTLY = frozenset(
    {
        "cap.alert.positions.count",
        "cap.alert.circles.count",
        "cap.alert.shapes.tangled",
        "cap.faults.more",
        "relay.faults.more",
    }
)
_LOST = frozenset({"relay.polygon.unreadable", "relay.circle.unreadable"})


@dataclass(frozen=True, slots=True)
class Placed:
    """A relayed alert, judged: its groups, where it may be told, and what is wrong with it."""

    groups: tuple[Group, ...]
    area: BaseGeometry
    defects: tuple[Fault, ...]


def place_relayed(
    alert: Alert, defects: Sequence[Fault], scale: LevelScale, tree: RegionTree, now: datetime
) -> Placed:
    """Judge a relayed alert by the rules of our own, and place what surely can be placed.

    An info is placed whole or not at all: half an area would look as if it were the whole.
    """
    known = {(fault.rule, fault.path) for fault in defects}
    judged = [
        fault for fault in check(alert, now, issuing=False) if (fault.rule, fault.path) not in known
    ]
    why = _broken(alert, [*defects, *judged])
    for number, info in enumerate(alert.infos):
        for area in info.areas if number not in why else ():
            try:
                place(area, tree)
            except AlertError as error:
                why.setdefault(number, error.faults[0].message)
        if not info.areas and alert.msg_type is not MsgType.CANCEL:
            why.setdefault(number, "it has no area")
    lost = [defect(UNPLACED, f"info[{number}]", why=why[number]) for number in sorted(why)]
    groups = group_placed(alert, scale.of, tree, frozenset(why))
    area = shapely.union_all([group.area for group in groups])
    return Placed(groups, area, (*defects, *judged, *lost))


def _excluding(alert: Alert) -> Iterator[tuple[int, str]]:
    """Yield the infos part of whose area a code takes away again, as the German service does.

    Who does not know such a code would tell people whom the issuer has left out.
    """
    for number, info in enumerate(alert.infos):
        names = {pair.name for area in info.areas for pair in area.geocodes}
        taken = next((name for name in sorted(names) if name.casefold().startswith("exclu")), None)
        if taken is not None:
            yield number, f"{taken} takes a part of the area away"


def _broken(alert: Alert, faults: Sequence[Fault]) -> dict[int, str]:
    """Return why infos cannot be placed, by their number, as far as the faults tell."""
    costly = next((fault.message for fault in faults if fault.rule in _COSTLY), None)
    if costly is not None:
        return dict.fromkeys(range(len(alert.infos)), costly)
    why = dict(_excluding(alert))
    for fault in faults:
        found = _INFO.match(fault.path)
        spoils = fault.rule in _LOST or (fault.level == "error" and found and found[2])
        if found and spoils:
            why.setdefault(int(found[1]), fault.message)
    return why
