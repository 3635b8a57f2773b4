"""Was anybody lost? Judged from outside: the list, the area, and what reached the far end.

Nothing here uses the engine's own idea of the audience: the people are found by testing
every line of the CSV against the polygons of the CAP file.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import shapely
from lxml import etree
from shapely.geometry.base import BaseGeometry

from warnbroker.simulator.journal import read_journal

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
COLUMN = {"sms": "phone", "voice": "voice", "email": "email"}
KIND = {"sms": "sms", "voice": "call", "email": "mail"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one channel owed and what came of it; sets hold addresses."""

    expected: frozenset[str]
    reached: frozenset[str]
    refused: frozenset[str]

    @property
    def lost(self) -> frozenset[str]:
        """Return those who should have been told and of whom the far end knows nothing."""
        return self.expected - self.reached - self.refused

    @property
    def strangers(self) -> frozenset[str]:
        """Return those who were told and should not have been."""
        return self.reached - self.expected


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom an alert is for: ``ranks`` are those of the levels a subscriber may ask for."""

    area: BaseGeometry
    region_codes: frozenset[str]
    rank: int
    ranks: Mapping[str, int]
    categories: frozenset[str]
    channels: frozenset[str]


def area_of(cap: bytes) -> BaseGeometry:
    """Return the union of an alert's polygons, longitude first."""
    shapes = []
    for element in etree.fromstring(cap).iter(f"{CAP}polygon"):
        pairs = [pair.split(",") for pair in (element.text or "").split()]
        shapes.append(shapely.Polygon([(float(lon), float(lat)) for lat, lon in pairs]))
    return shapely.union_all(shapes)


def regions_within(regions: Path, area: BaseGeometry) -> frozenset[str]:
    """Return the codes of the regions that overlap an area."""
    features = json.loads(regions.read_text(encoding="utf-8"))["features"]
    return frozenset(
        feature["properties"]["code"]
        for feature in features
        if shapely.geometry.shape(feature["geometry"]).intersection(area).area > 0
    )


def judge(subscribers: Path, wanted: Wanted, journal: Path) -> Mapping[str, Finding]:
    """Compare the list with the journal, channel by channel."""
    expected = _expected(subscribers, wanted)
    entries = list(read_journal(journal))
    return {
        channel: Finding(
            expected=expected[channel],
            reached=_addresses(entries, KIND[channel], accepted=True),
            refused=_addresses(entries, "refused", accepted=False),
        )
        for channel in COLUMN
        if channel in wanted.channels
    }


def _expected(subscribers: Path, wanted: Wanted) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {channel: set() for channel in COLUMN}
    with subscribers.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if _is_wanted(row, wanted):
                for channel in _channels(row, wanted):
                    found[channel].add(_address(row, channel))
    return {channel: frozenset(addresses - {""}) for channel, addresses in found.items()}


def _is_wanted(row: Mapping[str, str], wanted: Wanted) -> bool:
    if row["lat"]:
        inside = shapely.intersects_xy(wanted.area, float(row["lon"]), float(row["lat"]))
    else:
        inside = bool(set(row["regions"].split(";")) & wanted.region_codes)
    asked = set(filter(None, row["categories"].split(";")))
    grave = not row["min_level"] or wanted.rank <= wanted.ranks[row["min_level"]]
    return bool(inside) and grave and (not asked or bool(asked & wanted.categories))


def _channels(row: Mapping[str, str], wanted: Wanted) -> Iterable[str]:
    asked = set(filter(None, row["channels"].split(";")))
    return [name for name in COLUMN if name in wanted.channels and (not asked or name in asked)]


def _address(row: Mapping[str, str], channel: str) -> str:
    return row[COLUMN[channel]] or (row["phone"] if channel == "voice" else "")


def _addresses(
    entries: Sequence[Mapping[str, object]], kind: str, *, accepted: bool
) -> frozenset[str]:
    return frozenset(
        str(entry["to"])
        for entry in entries
        if entry["kind"] == kind and bool(entry.get("accepted")) is accepted
    )
