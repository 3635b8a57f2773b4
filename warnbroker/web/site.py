"""The site: whose pages these are, in which languages, in which time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from urllib.parse import urlsplit

from warnbroker.contracts import Clock
from warnbroker.model.level import Level, in_language


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages need to know of the municipality.

    ``names`` are its names by language; ``levels`` is the whole scale, for the legend;
    ``templates`` is the operator's own template folder, whose ``web`` goes before ours.
    """

    clock: Clock
    public_url: str
    time_zone: tzinfo
    languages: tuple[str, ...]
    names: Mapping[str, str]
    levels: tuple[Level, ...]
    templates: Path | None = None

    @property
    def root(self) -> str:
        """Return the path under which the public finds the pages, empty at the top."""
        return urlsplit(self.public_url).path.rstrip("/")

    def name(self, language: str) -> str:
        """Return the municipality's name."""
        return in_language(self.names, language)
