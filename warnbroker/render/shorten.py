"""Cut texts to a length without cutting a sentence or a place name apart."""

import re
from collections.abc import Sequence

from warnbroker.render.layout import LIST_SIGNS, cut

_STOP = re.compile(r"""[。！？!?؟۔।།；;]+[”’」』）)"']*\s*|(?<!\.)\.+[”’"')]*(?:\s+|$)|\n+""")
# A full stop after one of these, a single letter or "a.m" does not end a sentence.
_ABBREVIATION = re.compile(r"(?:\w|(?:\w\.)+\w|St|Dr|Mr|Mrs|No|Nos|vs|approx)$")
MAX_SENTENCE = 800
MAX_ITEM = 300
_CLAUSE_ENDS = {"；": "。", ";": "."}


def sentences(text: str) -> list[str]:
    """Split a text at its sentence ends; each piece keeps its end and the blanks behind it.

    A semicolon ends a piece too, as it does in Chinese lists of measures.
    """
    pieces: list[str] = []
    start = checked = 0
    says = False
    for stop in _STOP.finditer(text):
        # "1." or "(2)" alone says nothing: it belongs to what follows.
        says = says or any(map(str.isalpha, text[checked : stop.start()]))
        checked = stop.end()
        if says and not _abbreviates(text[start : stop.start()], stop.group()):
            pieces.append(text[start:checked])
            start, says = checked, False
    return pieces + ([text[start:]] if text[start:].strip() else [])


def _abbreviates(piece: str, stop: str) -> bool:
    word = piece.rsplit(maxsplit=1)[-1].lstrip("(\"'")
    return stop.startswith(".") and bool(_ABBREVIATION.match(word))


def shorten(text: str, limit: int = 0) -> str:
    """Return the first sentences of a text that fit into ``limit`` characters.

    The first sentence is kept whole in any case, up to the 800 characters that a text
    message can carry of it.
    """
    if len(text) <= limit:
        return text
    pieces = sentences(text)
    kept = "".join(pieces[:1])
    for piece in pieces[1:]:
        if len((kept + piece).rstrip()) > limit:
            break
        kept += piece
    kept = cut(kept.rstrip(), MAX_SENTENCE)
    return kept[:-1] + _CLAUSE_ENDS[kept[-1]] if kept[-1:] in _CLAUSE_ENDS else kept


def fit(items: Sequence[str], limit: int, separator: str, more: str) -> str:
    """Join the first items that fit into ``limit`` characters; ``more`` says that others follow.

    The first item is kept even if it does not fit, but is cut like a list if it is one.
    """
    whole = separator.join(items)
    if len(whole) <= limit:
        return whole
    kept = list(items[:1])
    for item in items[1:]:
        if len(separator.join([*kept, item]) + more) > limit:
            break
        kept.append(item)
    joined = separator.join(kept)
    is_list = any(sign in joined[:limit] for sign in LIST_SIGNS)
    room = limit if is_list else max(limit, MAX_ITEM)
    return cut(joined, room, more) if len(joined) > room or kept == list(items) else joined + more
