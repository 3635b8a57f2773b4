"""Where somebody belongs: the smallest region that they name, else that they are in."""

from shapely import Point, intersects

from warnbroker.model.record import Candidate
from warnbroker.model.region import Region
from warnbroker.targeting.tree import RegionTree


def home_of(person: Candidate, tree: RegionTree) -> tuple[Region, ...]:
    """Return somebody's region and those around it, the smallest first; empty where none fits."""
    named = [found for code in sorted(person.regions) if (found := tree.get(code))]
    regions = named or _around(person, tree)
    if not regions:
        return ()
    home = max(regions, key=lambda region: len(tree.ancestors(region.code)))
    return (home, *tree.ancestors(home.code))


def _around(person: Candidate, tree: RegionTree) -> list[Region]:
    if person.position is None:
        return []
    latitude, longitude = person.position
    point = Point(longitude, latitude)
    return [region for region in tree.near(point) if intersects(region.geometry, point)]
