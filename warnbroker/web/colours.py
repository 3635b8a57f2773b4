"""Colours of the levels, and a text colour that can be read on each."""

import re
from collections.abc import Iterable

from warnbroker.model.level import Level

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_UNKNOWN = "#444444"
WHITE = "#ffffff"
BLACK = "#000000"


def stylesheet(levels: Iterable[Level]) -> str:
    """Return the style sheet that colours ``.level-RANK``."""
    return "".join(_rule(level) for level in levels)


def safe(colour: str) -> str:
    """Return a colour as it may stand in a style sheet, grey if it is not ``#rrggbb``."""
    return colour if _HEX.fullmatch(colour) else _UNKNOWN


def on(colour: str) -> str:
    """Return black or white, whichever reads better on a colour: never less than 4.5 to 1."""
    return max((WHITE, BLACK), key=lambda text: contrast(text, colour))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _rule(level: Level) -> str:
    colour = safe(level.colour)
    return f".level-{level.rank}{{--level:{colour};--on-level:{on(colour)}}}\n"


def _luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2, "relative luminance")."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
