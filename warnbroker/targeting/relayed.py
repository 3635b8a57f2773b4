"""Info groups of a relayed alert, some of whose infos are nowhere: these are told to nobody."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

from warnbroker.model.alert import Alert, Info
from warnbroker.model.level import Level
from warnbroker.model.publication import Group
from warnbroker.model.record import AlertRecord
from warnbroker.targeting.groups import Need, group_infos
from warnbroker.targeting.tree import RegionTree

UNPLACED = "relay.area.unplaced"
"""The defect of an info that cannot be placed; its path is the info's."""

_INFO = re.compile(r"info\[([0-9]+)\]")


def group_placed(
    alert: Alert, level_of: Callable[[Info], Level], tree: RegionTree, nowhere: Set[int]
) -> tuple[Group, ...]:
    """Return the groups of an alert; of infos numbered in ``nowhere`` no area is looked at.

    Their groups, and those of infos that cannot be placed now, have an empty area.
    """
    bare = [
        replace(info, areas=()) if number in nowhere else info
        for number, info in enumerate(alert.infos)
    ]
    # A group holds the very infos that it was made of, so each is known again.
    whole = {id(info): alert.infos[number] for number, info in enumerate(bare)}
    groups = group_infos(replace(alert, infos=tuple(bare)), level_of, tree, Need.NOTHING)
    return tuple(
        replace(group, infos=tuple(whole[id(info)] for info in group.infos)) for group in groups
    )


def placed_groups(
    record: AlertRecord, alert: Alert, level_of: Callable[[Info], Level], tree: RegionTree
) -> tuple[Group, ...]:
    """Return the groups of a relayed alert as it was judged when it came.

    Where its row says nowhere, every group is; else those are that could not be placed.
    """
    if not record.area:
        return group_placed(alert, level_of, tree, frozenset(range(len(alert.infos))))
    return group_placed(alert, level_of, tree, frozenset(_unplaced(record.defects)))


def _unplaced(defects: Sequence[Mapping[str, object]]) -> Iterator[int]:
    for item in defects:
        found = _INFO.match(str(item["path"])) if item["rule"] == UNPLACED else None
        if found:
            yield int(found[1])
