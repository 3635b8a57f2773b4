"""Who is in an area: regions, placed CAP areas, info groups, and cells to find people by."""

from warnbroker.targeting.addressees import Addressees, Direct, addressees_of, direct_of
from warnbroker.targeting.cells import CellRange, cell_of, cells_of, contains, cover
from warnbroker.targeting.groups import Need, group_infos
from warnbroker.targeting.home import home_of
from warnbroker.targeting.place import place
from warnbroker.targeting.regions_file import read_regions
from warnbroker.targeting.tree import RegionTree

__all__ = [
    "Addressees",
    "CellRange",
    "Direct",
    "Need",
    "RegionTree",
    "addressees_of",
    "cell_of",
    "cells_of",
    "contains",
    "cover",
    "direct_of",
    "group_infos",
    "home_of",
    "place",
    "read_regions",
]
