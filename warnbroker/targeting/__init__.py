"""Who is in an area: regions, placed CAP areas, info groups, and cells to find people by."""

from warnbroker.targeting.cells import CellRange, cell_of, cells_of, contains, cover
from warnbroker.targeting.groups import group_infos
from warnbroker.targeting.place import place
from warnbroker.targeting.regions_file import read_regions
from warnbroker.targeting.tree import RegionTree

__all__ = [
    "CellRange",
    "RegionTree",
    "cell_of",
    "cells_of",
    "contains",
    "cover",
    "group_infos",
    "place",
    "read_regions",
]
