"""Regions that an area leaves out although the hazard may reach them."""

from collections.abc import Iterable, Iterator, Sequence

from shapely.geometry.base import BaseGeometry

from warnbroker.errors import Fault
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType
from warnbroker.model.hazard import Hazard, hazard_of
from warnbroker.model.publication import Group
from warnbroker.model.region import Region
from warnbroker.targeting import RegionTree
from warnbroker.targeting.kilometres import distance_km

RULE = "area.adjacent.left_out"
MOST_NAMED = 8


def left_out(
    alert: Alert, groups: Sequence[Group], tree: RegionTree, hazards: Iterable[Hazard]
) -> Iterator[Fault]:
    """Yield a warning for each group whose hazard may reach regions that it does not touch.

    The reach is the register's, in kilometres; only the smallest regions are named, for a
    larger one is touched where any of its parts is. (Eaton fire 2025: the order east of the
    road came at 19:26, west of it at 03:25.)
    """
    if alert.msg_type is MsgType.CANCEL:
        return
    known = tuple(hazards)
    for group in groups:
        hazard = next(filter(None, (hazard_of(info, known) for info in group.infos)), None)
        if hazard is None or not hazard.reach or group.area.is_empty:
            continue
        near = list(_near(group.area, tree, hazard.reach))
        if near:
            yield _warning(near, hazard.reach, alert.infos.index(group.infos[0]))


def _near(area: BaseGeometry, tree: RegionTree, reach: float) -> Iterator[Region]:
    touched = {region.code for region in tree.touching(area)}
    for region in tree.regions:
        is_leaf = not tree.descendants(region.code)
        if is_leaf and region.code not in touched and distance_km(area, region.geometry) <= reach:
            yield region


def _warning(regions: Sequence[Region], reach: float, number: int) -> Fault:
    more = len(regions) - MOST_NAMED
    english, chinese = (
        [region.name(tag) for region in regions[:MOST_NAMED]] for tag in ("en", "zh-CN")
    )
    also = f" and {more} more" if more > 0 else ""
    others = f"等{len(regions)}个区域" if more > 0 else ""
    text = (
        f"left out, though within {reach:g} km, the reach of this hazard: "
        f"{', '.join(english)}{also}; add what is in danger, or be sure that it is safe"
    )
    words = (
        f"{'、'.join(chinese)}{others}距预警范围不足{reach:g}公里，处于该灾种影响范围内却未列入；"
        "请补充，或确认其安全"
    )
    return Fault(RULE, text, f"info[{number}]/area", "warning", chinese=words)
