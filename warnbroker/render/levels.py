"""A level as facts state it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from warnbroker.model.level import Level
from warnbroker.render.languages import nearest

_HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_NO_COLOUR = "#444444"


@dataclass(frozen=True, slots=True)
class LevelFact:
    """A level in words; ``colour`` and ``ink`` (readable on it) are ``#rrggbb``."""

    code: str
    name: str
    numeral: str
    rank: int
    colour: str
    ink: str


def level_fact(level: Level, language: str, fallbacks: Sequence[str]) -> LevelFact:
    """State a level in a language, or else in the first fallback that it has a name in."""
    tag = nearest(level.names, language, (*fallbacks, "en"))
    colour = level.colour if _HEX_COLOUR.fullmatch(level.colour) else _NO_COLOUR
    return LevelFact(
        code=level.code,
        name=level.names[tag] if tag else level.name(language),
        numeral=level.numeral,
        rank=level.rank,
        colour=colour,
        ink=_ink(colour),
    )


def _ink(colour: str) -> str:
    """Return black or white, whichever stands out more (WCAG 2.2, relative luminance)."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#ffffff"
