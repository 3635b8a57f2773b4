"""How many SMS segments a text takes (3GPP TS 23.038 alphabet, TS 23.040 concatenation)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM_7 = _BASIC | EXTENDED
_BASIC_PLANE = 0xFFFF


class Encoding(StrEnum):
    """The alphabet that a text needs."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs: ``units`` are septets in GSM-7, 16-bit code units in UCS-2."""

    encoding: Encoding
    count: int
    units: int


@lru_cache(maxsize=256)
def segments(text: str) -> Segments:
    """Count the segments of a text; an empty one takes one.

    One segment holds 160 septets or 70 code units; of several, each holds 153 or 67, as
    the rest is the concatenation header. Neither an escape pair nor a surrogate pair is
    ever split.
    """
    if _GSM_7.issuperset(text):
        widths = [2 if character in EXTENDED else 1 for character in text]
        return _fill(Encoding.GSM_7, widths, alone=160, joined=153)
    widths = [2 if ord(character) > _BASIC_PLANE else 1 for character in text]
    return _fill(Encoding.UCS_2, widths, alone=70, joined=67)


def _fill(encoding: Encoding, widths: list[int], *, alone: int, joined: int) -> Segments:
    units = sum(widths)
    return Segments(encoding, 1 if units <= alone else _parts(widths, joined), units)


def _parts(widths: Iterable[int], room: int) -> int:
    count, used = 1, 0
    for width in widths:
        if used + width > room:
            count, used = count + 1, 0
        used += width
    return count
