"""Cut texts to a length without cutting a sentence or a place name apart."""

from collections.abc import Sequence

from warnbroker.model.sentences import sentences
from warnbroker.render.layout import LIST_SIGNS, cut, is_ended

MAX_SENTENCE = 800
MAX_ITEM = 300
_CLAUSE_ENDS = {"；": "。", ";": ".", "؛": "."}


def shorten(text: str, limit: int = 0) -> str:
    """Return the first sentences of a text that fit into ``limit`` characters.

    The first sentence is kept whole in any case, up to the 800 characters that a text
    message can carry of it. Where items of a list are left out, ``…`` says so.
    """
    if len(text) <= limit:
        return text
    kept, *others = sentences(text) or [""]
    for piece in others:
        if len(_closed(kept + piece)) > limit:
            break
        kept += piece
    return _closed(cut(kept.rstrip(), MAX_SENTENCE)) if others else cut(kept.rstrip(), MAX_SENTENCE)


def _closed(kept: str) -> str:
    kept = kept.rstrip()
    if kept[-1:] in _CLAUSE_ENDS:
        return kept[:-1] + _CLAUSE_ENDS[kept[-1]]
    return kept if is_ended(kept) else f"{kept}…"


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
