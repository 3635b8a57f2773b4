"""Cut texts to a length without cutting a sentence or a place name apart."""

import re
from collections.abc import Sequence

_STOP = re.compile(r"""[。！？!?؟۔।།；;]+[”’」』）)"']*\s*|\.+[”’"')]*(?:\s+|$)|\n+""")
# A full stop after one of these, a single letter or "a.m" does not end a sentence.
_ABBREVIATION = re.compile(r"(?:\w|(?:\w\.)+\w|St|Dr|Mr|Mrs|No|Nos|vs|approx)$")
_CLAUSE_ENDS = {"；": "。", ";": "."}


def sentences(text: str) -> list[str]:
    """Split a text at its sentence ends; each piece keeps its end and the blanks behind it.

    A semicolon ends a piece too, as it does in Chinese lists of measures.
    """
    pieces: list[str] = []
    start = 0
    for stop in _STOP.finditer(text):
        if _ends(text[start : stop.start()], stop.group()):
            pieces.append(text[start : stop.end()])
            start = stop.end()
    return pieces + ([text[start:]] if text[start:].strip() else [])


def _ends(piece: str, stop: str) -> bool:
    # "1." or "(2)" alone says nothing: it belongs to what follows.
    if not any(character.isalpha() for character in piece):
        return False
    return not stop.startswith(".") or not _ABBREVIATION.match(
        piece.rsplit(maxsplit=1)[-1].lstrip("(\"'")
    )


def shorten(text: str, limit: int = 0) -> str:
    """Return the first sentences of a text that fit into ``limit`` characters.

    The first sentence is always kept whole, however long it is.
    """
    if len(text) <= limit:
        return text
    pieces = sentences(text)
    kept = "".join(pieces[:1])
    for piece in pieces[1:]:
        if len((kept + piece).rstrip()) > limit:
            break
        kept += piece
    kept = kept.rstrip()
    return kept[:-1] + _CLAUSE_ENDS[kept[-1]] if kept[-1:] in _CLAUSE_ENDS else kept


def fit(items: Sequence[str], limit: int, separator: str, more: str) -> str:
    """Join the first items that fit into ``limit`` characters; ``more`` says that others follow.

    The first item is always kept.
    """
    joined = separator.join(items)
    if len(joined) <= limit or len(items) < 2:
        return joined
    count = len(items) - 1
    while count > 1 and len(separator.join(items[:count]) + more) > limit:
        count -= 1
    return separator.join(items[:count]) + more
