"""Read what people write back: one of a few words and nothing else, in many languages."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from warnbroker.render.languages import nearest

LONGEST = 100
"""A longer text is never one of the words."""

_BLANKS = re.compile(r"\s+")
_AROUND = " \t\r\n.,;:!?\"'()[]<>«»“”„‘’。，、；：！？（）【】《》「」*-"


class Meaning(StrEnum):
    """What a text asks for."""

    STOP = "stop"
    STOP_ALL = "stop_all"
    START = "start"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Words:
    """The words by meaning and language, and the answers by meaning and language."""

    words: Mapping[str, tuple[Meaning, str]]
    answers: Mapping[Meaning, Mapping[str, str]]
    fallback: Sequence[str]

    def read(self, text: str) -> tuple[Meaning, str] | None:
        """Return what a text asks for and the language of the word; None: something else."""
        return self.words.get(plain(text)) if text and len(text) <= LONGEST else None

    def answer(self, meaning: Meaning, *languages: str) -> str:
        """Return the answer in the first of the languages that is known, else in the fallback."""
        texts = self.answers.get(meaning, {})
        wanted = next((language for language in languages if language), "")
        found = nearest(texts, wanted, self.fallback) if texts else None
        return texts[found] if found else ""


def plain(text: str) -> str:
    """Return a text without what does not matter: capitals, width, blanks, punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    visible = "".join(
        c for c in folded if unicodedata.category(c) not in {"Cf", "Cc"} or c in "\t\n"
    )
    return _BLANKS.sub(" ", visible).strip(_AROUND)


def words_of(
    words: Mapping[Meaning, Mapping[str, Sequence[str]]],
    answers: Mapping[Meaning, Mapping[str, str]],
    fallback: Sequence[str],
) -> Words:
    """Return the words as they are looked up; of one that stands twice the first counts."""
    found: dict[str, tuple[Meaning, str]] = {}
    for text, meaning, language in _all(words):
        found.setdefault(plain(text), (meaning, language))
    return Words(found, answers, fallback)


def _all(
    words: Mapping[Meaning, Mapping[str, Sequence[str]]],
) -> Iterator[tuple[str, Meaning, str]]:
    for meaning, by_language in words.items():
        for language, texts in by_language.items():
            for text in texts:
                yield text, meaning, language
