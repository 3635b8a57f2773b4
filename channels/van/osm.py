"""An OpenStreetMap extract: the ways a van could use, barriers and turn restrictions."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warnbroker.errors import FileError

if TYPE_CHECKING:
    from osmium.osm import Relation as OsmRelation
    from osmium.osm import Way as OsmWay

ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"

SPEEDS: Mapping[str, float] = {
    "motorway": 80,
    "motorway_link": 50,
    "trunk": 60,
    "trunk_link": 40,
    "primary": 40,
    "primary_link": 30,
    "secondary": 40,
    "secondary_link": 30,
    "tertiary": 30,
    "tertiary_link": 30,
    "unclassified": 30,
    "residential": 25,
    "living_street": 15,
    "road": 20,
    "service": 15,
}
"""Driving speeds in km/h by class of road, for a heavy van at night; a signed limit caps them."""

_CLOSED = {"no", "private", "agricultural", "forestry", "customers", "delivery"}
_FIXED_BARRIERS = {"bollard", "block", "jersey_barrier", "cycle_barrier", "log", "chain", "debris"}
_ONE_WAY = {"yes", "true", "1"}
_SILENT_SERVICE = {"parking_aisle", "driveway", "drive-through", "emergency_access"}


@dataclass(frozen=True, slots=True)
class Way:
    """One drivable way; ``nodes`` and ``positions`` (longitude, latitude) go together.

    ``direction`` is 0 for both ways, 1 along the nodes, -1 against them. ``announce``
    is false where a loudspeaker is of no use: tunnels, motorways, car parks.
    """

    id: int
    nodes: tuple[int, ...]
    positions: tuple[tuple[float, float], ...]
    name: str
    highway: str
    kmh: float
    direction: int
    announce: bool
    roundabout: bool


@dataclass(frozen=True, slots=True)
class Restriction:
    """A turn from way to way at a node: the only one allowed, or a forbidden one."""

    origin: int
    via: int
    target: int
    only: bool


@dataclass(frozen=True, slots=True)
class Extract:
    """What one file holds."""

    ways: tuple[Way, ...]
    blocked: frozenset[int]
    restrictions: tuple[Restriction, ...]


Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def read_extract(path: Path, box: Box) -> Extract:
    """Read the roads inside a box from any file osmium knows (PBF, XML).

    Raises:
        FileError: the file is missing or is no OpenStreetMap data.
    """
    if not path.is_file():
        raise FileError(f"{path}: the road file is missing")
    try:
        return _read(path, box)
    except (RuntimeError, ValueError) as error:
        raise FileError(f"{path}: no OpenStreetMap data: {error}") from error


def _read(path: Path, box: Box) -> Extract:
    from osmium import FileProcessor
    from osmium import osm as types
    from osmium.filter import KeyFilter

    ways: list[Way] = []
    blocked: set[int] = set()
    restrictions: list[Restriction] = []
    keys = KeyFilter("highway", "barrier", "restriction")
    for thing in FileProcessor(path).with_locations().with_filter(keys):
        if isinstance(thing, types.Way):
            ways.extend(_ways(thing, box))
        elif isinstance(thing, types.Relation):
            restrictions.extend(_restrictions(thing))
        elif isinstance(thing, types.Node) and _is_barrier(dict(thing.tags)):
            blocked.add(thing.id)
    return Extract(tuple(ways), frozenset(blocked), tuple(restrictions))


def _ways(way: "OsmWay", box: Box) -> list[Way]:
    tags = dict(way.tags)
    kmh = SPEEDS.get(tags.get("highway", ""))
    if kmh is None or not _is_drivable(tags):
        return []
    west, south, east, north = box
    runs: list[list[tuple[int, tuple[float, float]]]] = [[]]
    for node in way.nodes:
        spot = node.location
        if spot.valid() and west <= spot.lon <= east and south <= spot.lat <= north:
            runs[-1].append((node.ref, (spot.lon, spot.lat)))
        else:
            runs.append([])
    return [_way(way.id, run, tags, kmh) for run in runs if len(run) > 1]


def _way(
    number: int, run: list[tuple[int, tuple[float, float]]], tags: Mapping[str, str], kmh: float
) -> Way:
    return Way(
        id=number,
        nodes=tuple(node for node, _ in run),
        positions=tuple(position for _, position in run),
        name=tags.get("name", "") or tags.get("ref", ""),
        highway=tags["highway"],
        kmh=min(kmh, _limit(tags.get("maxspeed", ""))),
        direction=_direction(tags),
        announce=_may_announce(tags),
        roundabout=tags.get("junction") in {"roundabout", "circular"},
    )


def _is_drivable(tags: Mapping[str, str]) -> bool:
    """Say whether a van may use the road; the most special tag decides (OSM wiki, Key:access)."""
    if tags.get("area") == "yes" or tags.get("indoor") == "yes":
        return False
    if tags.get("oneway") in {"reversible", "alternating"}:
        return False
    allowed = (tags[key] for key in ("motor_vehicle", "vehicle", "access") if key in tags)
    return next(allowed, "yes") not in _CLOSED


def _may_announce(tags: Mapping[str, str]) -> bool:
    """Refuse roads where nobody would hear: tunnels, underground levels, motorways, car parks."""
    hidden = tags.get("tunnel", "no") != "no" or tags.get("covered", "no") != "no"
    below = tags.get("layer", "0").startswith("-")
    motorway = tags["highway"].startswith("motorway") or tags.get("motorroad") == "yes"
    return not (hidden or below or motorway or tags.get("service") in _SILENT_SERVICE)


def _direction(tags: Mapping[str, str]) -> int:
    given = tags.get("oneway", "")
    if given in {"-1", "reverse"}:
        return -1
    implied = tags.get("junction") in {"roundabout", "circular"} or tags["highway"].startswith(
        "motorway"
    )
    return 1 if given in _ONE_WAY or (implied and given != "no") else 0


def _limit(maxspeed: str) -> float:
    """Read a speed limit in km/h; an unreadable one limits nothing."""
    number, _, unit = maxspeed.partition(" ")
    if not number.isdigit():
        return float("inf")
    return max(5.0, float(number) * (1.609 if unit == "mph" else 1.0))


def _is_barrier(tags: Mapping[str, str]) -> bool:
    access = tags.get("motor_vehicle") or tags.get("vehicle") or tags.get("access", "")
    if tags.get("barrier") in _FIXED_BARRIERS:
        return access not in {"yes", "permissive", "destination"}
    return "barrier" in tags and access in _CLOSED


def _restrictions(relation: "OsmRelation") -> list[Restriction]:
    tags = dict(relation.tags)
    kind = tags.get("restriction", "")
    if not kind.startswith(("no_", "only_")) or "emergency" in tags.get("except", ""):
        return []
    by_role: dict[str, list[int]] = {}
    for member in relation.members:
        # A via that is a way is rare, and is not followed here.
        if member.type == ("n" if member.role == "via" else "w"):
            by_role.setdefault(member.role, []).append(member.ref)
    return [
        Restriction(origin, via, target, kind.startswith("only_"))
        for origin in by_role.get("from", ())
        for via in by_role.get("via", ())
        for target in by_role.get("to", ())
    ]
