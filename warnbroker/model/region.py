"""A region: a named place of the municipality's own tree."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

from warnbroker.model.level import in_language


@dataclass(frozen=True, slots=True)
class Region:
    """One named place with its outline (longitude, latitude, WGS 84) and codes of other systems."""

    code: str
    names: Mapping[str, str]
    geometry: BaseGeometry
    parent: str | None = None
    population: int = 0
    geocodes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    time_zone: str = ""
    authority: str = ""

    def name(self, language: str) -> str:
        """Return the region's name in a language, else its code."""
        return in_language(self.names, language) or self.code
