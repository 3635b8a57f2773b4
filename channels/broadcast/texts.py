"""Texts for the air: one clean line for a crawl, a clean script, both cut to their length."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.sentences import HAN, sentences

CUT = "***"
"""The mark of a cut (ECIG CAP-to-EAS guide 1.0, section 3.6)."""

_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CLAUSE = rf"\s+|(?<=[，。！？；、])|(?<=：)(?!\d)|(?<=[,;!?])(?=[{_HAN}])"
_CLAUSE_END = re.compile(_CLAUSE)
_ANY_END = re.compile(rf"{_CLAUSE}|(?<=[{_HAN}])(?=[{_HAN}])")
# A line break beside a Chinese letter or sign is layout, not a blank between words.
_LAYOUT_BREAK = re.compile(rf"(?<=[{HAN}])[^\S\n]*\n\s*|[^\S\n]*\n\s*(?=[{HAN}])")
_REPEATED_CUTS = re.compile(r"\*{3}(?:\s*\*{3})+")
_JOINERS = "\u200c\u200d\u180e"
# Below this share of the room, the end of a clause gives away too much of it.
_WORTHWHILE = 0.5


@dataclass(frozen=True, slots=True)
class Wording:
    """What one message says in one language.

    ``details`` may stand in the texts and make room before anything else does, least
    needed first: the descriptions, then all but the first sentence of the instructions.
    """

    language: str
    crawl: str
    script: str
    details: tuple[str, ...] = ()


def wordings(publication: Publication, message: Message) -> tuple[Wording, ...]:
    """Return what messages of one kind say, in each language that there is."""
    same = tuple(m for m in publication.messages if m.kind == message.kind) or (message,)
    told = replace(publication, messages=same)
    told_detail = message.kind in {MessageKind.ALERT, MessageKind.UPDATE}
    return tuple(
        Wording(
            language,
            one_line(told.text(language, "crawl")),
            clean_lines(told.text(language, "script")),
            _details(publication, language) if told_detail else (),
        )
        for language in told.languages
    )


def one_line(text: str) -> str:
    """Return a text as one line: NFC, printable, single blanks."""
    return " ".join(_printable(_LAYOUT_BREAK.sub("", text.strip())).split())


def clean_lines(text: str) -> str:
    """Return a text of several lines: NFC, printable, at most one empty line in a row."""
    lines = (" ".join(_printable(line).split()) for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def shortened(text: str, details: Sequence[str], limit: int) -> str:
    """Return a text of at most ``limit`` characters, marked with ``***`` where it was cut.

    The details give way first, then the end, so that what to do and until when stay. A cut is
    never inside a word; in Chinese it is at the end of a clause where there is one near.
    """
    for detail in details:
        for sentence in reversed(sentences(detail)):
            text = _given_way(text, sentence.strip(), len(text) - limit)
    return _cut(_REPEATED_CUTS.sub(CUT, text), limit)


def _details(publication: Publication, language: str) -> tuple[str, ...]:
    infos = [info for group in reversed(publication.groups) for info in group.infos]
    ours = [info for info in infos if info.language == language]
    told = (sentences(clean_lines(info.instruction)) for info in ours)
    further = (map(one_line, pieces[1:]) for pieces in told)
    return (*(one_line(info.description) for info in ours), *chain.from_iterable(further))


def _given_way(text: str, sentence: str, spare: int) -> str:
    """Shorten one sentence of a text by at least ``spare`` characters, if it has as many."""
    if spare <= 0 or len(sentence) <= len(CUT) + 1 or sentence not in text:
        return text
    before, _, after = text.partition(sentence)
    gap = "" if after[:1].isspace() or not after else " "
    room = max(len(CUT), len(sentence) - spare - len(gap))
    return f"{before}{_cut(sentence, room)}{gap}{after}"


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    room = limit - len(CUT) - 1
    clauses = list(_places(_CLAUSE_END, text, room))
    if clauses and clauses[-1] >= room * _WORTHWHILE:
        place = clauses[-1]
    else:
        place = max(_places(_ANY_END, text, room), default=0)
    return f"{text[:place].rstrip()} {CUT}".lstrip()


def _places(pattern: re.Pattern[str], text: str, room: int) -> Iterable[int]:
    return (match.start() for match in pattern.finditer(text) if 0 < match.start() <= room)


def _printable(text: str) -> str:
    # Composed last: a mark that goes may have kept a letter and its accent apart.
    return unicodedata.normalize("NFC", "".join(map(_seen, text)))


def _seen(char: str) -> str:
    """Return a character, a blank for a control character, nothing for an invisible mark."""
    category = unicodedata.category(char)
    if category == "Cc":
        return " "
    return "" if category in {"Cf", "Cs"} and char not in _JOINERS else char
