"""How the first page of a sheet is shared between the map and the scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from channels.van.words import Pair

WIDTH = 190.0
"""Millimetres between the margins of A4."""

_HEIGHT = 275.0
_FIXED = 70.0
_BANNER, _BOX = 14.0, 5.0
_LEAST, _MOST = 95.0, 150.0
_SIZES = (13.0, 12.0)
_HAN, _LATIN = 0.36, 0.17
_LINE = 0.455
"""Millimetres of width that a letter, and of height that a line takes, for each point of size."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The map's height in millimetres, the scripts' size in points, and whether both fit."""

    map_height: float
    script_size: float
    scripts_first: bool


def lay_out(
    headlines: Sequence[str],
    areas: Sequence[str],
    notes: Sequence[Pair],
    scripts: Sequence[Sequence[str]],
    *,
    banner: bool = False,
) -> Layout:
    """Give the map what the texts leave of the first page, by an estimate from their letters.

    Long scripts are set a little smaller; where the map would still be too small, they
    stand after the streets instead. Each script is a list of paragraphs; ``banner`` is the
    one of a drill.
    """
    free = _HEIGHT - _FIXED - _BANNER * banner - _BOX * bool(notes)
    free -= sum(5.6 * _lines(text, 12.5, 155.0) for text in headlines)
    free -= 5.2 * _lines(" · ".join(areas), 11.0, 184.0) if areas else 0.0
    free -= sum(5.5 * _lines(f"{note.zh} {note.en}", 11.0, 182.0) for note in notes)
    for size in _SIZES:
        left = free - _scripts_height(scripts, size)
        if left >= _LEAST:
            return Layout(min(_MOST, left), size, scripts_first=True)
    return Layout(min(_MOST, max(_LEAST, free)), _SIZES[0], scripts_first=False)


def _scripts_height(scripts: Sequence[Sequence[str]], size: float) -> float:
    if not scripts:
        return 0.0
    column = (WIDTH - 3.0 * (len(scripts) - 1)) / len(scripts) - 8.0
    return 11.0 + max(
        sum(0.8 + size * _LINE * _lines(text, size, column) for text in paragraphs)
        for paragraphs in scripts
    )


def _lines(text: str, points: float, width: float) -> int:
    return max(1, ceil(points * _breadth(text) / width))


def _breadth(text: str) -> float:
    return sum(_LATIN if ord(letter) < 0x2E80 else _HAN for letter in text)
