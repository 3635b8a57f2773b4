"""The terminal's words in Chinese and English, by the locale of the terminal."""

import os
from functools import cache

from warnbroker.cli.words_chinese import CHINESE
from warnbroker.cli.words_english import ENGLISH


@cache
def chinese() -> bool:
    """Tell whether the terminal's locale is Chinese."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return locale.lower().startswith("zh")


def word(text: str) -> str:
    """Return a word of the terminal in the reader's language."""
    english = ENGLISH.get(text, text)
    return CHINESE.get(text, english) if chinese() else english
