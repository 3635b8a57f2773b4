"""Regions from a GeoJSON file, or every fault of the file at once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError, field_validator
from shapely import intersects, transform
from shapely.geometry.base import BaseGeometry

from warnbroker.contracts.operator_file import read_text
from warnbroker.contracts.wording import faults_of, shaped
from warnbroker.errors import FileError
from warnbroker.model.region import Region
from warnbroker.targeting.outline import read_outline

UNNAMED_LANGUAGE = "und"
"""The language of a name that is given without one (BCP 47: undetermined)."""

_MAX_FAULTS = 100


class _Properties(BaseModel):
    """What a feature says of its region; other properties are the file's own business."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: Annotated[StrictStr, shaped(r"[\w .:+-]{1,64}", "harbour-east (up to 64 characters)")]
    name: dict[str, StrictStr] = Field(min_length=1)
    parent: StrictStr | None = None
    population: int = Field(default=0, ge=0)
    geocodes: dict[str, list[StrictStr]] = {}
    timezone: str = ""
    authority: str = ""

    @field_validator("name", mode="before")
    @classmethod
    def _by_language(cls, value: Any) -> Any:
        return {UNNAMED_LANGUAGE: value} if isinstance(value, str) and value else value

    @field_validator("geocodes", mode="before")
    @classmethod
    def _as_lists(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            name: codes if isinstance(codes, list) else [codes] for name, codes in value.items()
        }

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key if value else ""
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{value!r} is no time zone; write such as Asia/Shanghai") from None


def read_regions(path: Path) -> list[Region]:
    """Read a FeatureCollection of regions, in the file's order.

    Raises:
        FileError: one line for each thing that is wrong, naming the feature.
    """
    regions: list[Region] = []
    faults: list[str] = []
    codes: list[str] = []
    for index, feature in enumerate(_features(path)):
        code, region, found = _feature(feature)
        codes.append(code)
        regions += [region] if region else []
        label = f"features[{index}] (code {code})" if code else f"features[{index}]"
        faults += [f"{label}: {fault}" for fault in found]
    faults += [*_duplicates(codes), *tree_faults(regions, frozenset(codes))]
    if faults:
        raise FileError("\n".join(f"{path}: {fault}" for fault in faults[:_MAX_FAULTS]))
    return regions


def _features(path: Path) -> list[object]:
    text = read_text(path)
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FileError(f"{path}: not JSON: {error}") from None
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list) or data.get("type") != "FeatureCollection":
        raise FileError(f"{path}: not a GeoJSON FeatureCollection")
    if not features:
        raise FileError(f"{path}: holds no regions")
    return features


def _feature(feature: object) -> tuple[str, Region | None, list[str]]:
    """Read one feature: its code if it has one, the region if it is whole, and its faults."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        return "", None, ["not a GeoJSON Feature with properties"]
    stated = feature["properties"].get("code")
    code = stated if isinstance(stated, str) else ""
    faults: list[str] = []
    properties = _properties(feature["properties"], faults)
    outline = _outline(feature.get("geometry"), faults)
    if properties is None or outline is None:
        return code, None, faults
    return code, _region(properties, outline), faults


def _properties(raw: object, faults: list[str]) -> _Properties | None:
    try:
        return _Properties.model_validate(raw)
    except ValidationError as error:
        faults.extend(faults_of(error))
        return None


def _outline(raw: object, faults: list[str]) -> BaseGeometry | None:
    try:
        return read_outline(raw)
    except ValueError as error:
        faults.append(str(error))
        return None


def _region(properties: _Properties, outline: BaseGeometry) -> Region:
    return Region(
        code=properties.code,
        names=properties.name,
        geometry=outline,
        parent=properties.parent or None,
        population=properties.population,
        geocodes={system: tuple(codes) for system, codes in properties.geocodes.items()},
        time_zone=properties.timezone,
        authority=properties.authority,
    )


def _duplicates(codes: Iterable[str]) -> Iterator[str]:
    for code, count in Counter(codes).items():
        if code and count > 1:
            yield f"the code {code} stands {count} times; give each region its own"


def tree_faults(regions: Iterable[Region], codes: frozenset[str]) -> Iterator[str]:
    """Find unknown parents, cycles, and outlines that lie apart from their parent's.

    ``codes`` are all codes that are known, also of regions that could not be read.
    """
    known = list(regions)
    by_code = {region.code: region for region in known}
    cycles: set[frozenset[str]] = set()
    for region in known:
        if region.parent and region.parent not in codes:
            yield f"region {region.code}: its parent {region.parent} is not in the file"
        cycle = _cycle(region, by_code)
        if cycle and cycle not in cycles:
            cycles.add(cycle)
            yield f"the regions {', '.join(sorted(cycle))} are each other's parents; cut the circle"
        parent = by_code.get(region.parent or "")
        if parent and _is_swapped(region.geometry, parent.geometry):
            yield f"region {region.code}: latitude and longitude look swapped"


def _cycle(region: Region, by_code: Mapping[str, Region]) -> frozenset[str]:
    """Return the codes of the circle of parents that a region is part of."""
    seen: dict[str, None] = {}
    code = region.code
    while code in by_code and code not in seen:
        seen[code] = None
        code = by_code[code].parent or ""
    return frozenset(seen) if code == region.code else frozenset()


def _is_swapped(outline: BaseGeometry, parent: BaseGeometry) -> bool:
    """Say whether an outline meets its parent's only with its coordinates in the other order."""
    swapped = transform(outline, lambda points: points[:, ::-1])
    return not intersects(outline, parent) and bool(intersects(swapped, parent))
