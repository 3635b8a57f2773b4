"""What officers text us about doors: a word and numbers, in Chinese or English, in any order."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from warnbroker.model.doorstep import Answer

MOST = 50
"""Numbers that one message may name."""

_WORDS: Mapping[str, Answer] = {
    **dict.fromkeys(
        ("ok", "yes", "told", "reached", "好", "好的", "已通知", "已告知", "已到", "通知到"),
        Answer.REACHED,
    ),
    **dict.fromkeys(
        ("no", "out", "nobody", "away", "不在", "不在家", "没人", "无人"), Answer.NOT_AT_HOME
    ),
    **dict.fromkeys(("refuses", "refused", "ref", "拒绝", "不走"), Answer.REFUSES),
    **dict.fromkeys(("sos", "needs help", "aid", "求助", "需要帮助", "要帮助"), Answer.NEEDS_HELP),
}
_WORD = "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True))
_NUMBERS = r"\d{1,6}(?:[\s,、和&+]+\d{1,6})*"
_CLAUSE = re.compile(
    rf"\s*(?:(?P<before>{_WORD})\s*[:.]?\s*(?P<after_it>{_NUMBERS})"
    rf"|(?P<first>{_NUMBERS})\s*[:.]?\s*(?P<word>{_WORD}))(?!\w)\s*[,;。.!、]*"
)


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message says; ``rest`` is what nobody understands of it."""

    answers: Sequence[tuple[int, Answer]]
    rest: str = ""


def understood(text: str) -> Understood:
    """Read a message; of a number that stands twice the last word counts."""
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    found: dict[int, Answer] = {}
    at = 0
    while at < len(plain) and (clause := _CLAUSE.match(plain, at)):
        word = clause["before"] or clause["word"]
        for number in re.findall(r"\d+", clause["after_it"] or clause["first"]):
            found.pop(int(number), None)
            found[int(number)] = _WORDS[word]
        at = clause.end()
    rest = plain[at:].strip()
    if len(found) > MOST:
        return Understood((), rest or plain)
    return Understood(tuple(found.items()), rest)
