"""Text for the ear: what a voice must not read is dropped, what it would misread is written out."""

import re
import unicodedata

from channels._speech.chinese import chinese
from channels._speech.english import english

_WIDE = {wide: wide - 0xFEE0 for wide in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF5B))}
_COMPATIBLE = str.maketrans(
    {
        "％": "%",
        "～": "~",
        "－": "-",
        "−": "-",
        "℃": "°C",
        "㎜": "mm",
        "㎝": "cm",
        "㎞": "km",
        "Ⅰ": "I",
        "Ⅱ": "II",
        "Ⅲ": "III",
        "Ⅳ": "IV",
        "＋": "+",
        "（": "(",
        "）": ")",
    }
)
_ADDRESSES = re.compile(
    r"(?:https?://|www\.)[\x21-\x7e]*[\w/]|[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII
)
_MARKUP = re.compile(r"<[^<>]{0,200}>")
_UNSPOKEN = re.compile(r"[<>\[\]{}|\\^~*_#@`=\"“”«»]+")
_HAN = ("zh", "cmn", "yue")


def family(language: str) -> str:
    """Return a tag's primary language in lower case: ``zh`` of ``zh-CN``."""
    return language.partition("-")[0].lower()


def spoken(text: str, language: str) -> str:
    """Return a text as it is to be read aloud in a language.

    Markup, control characters, web and mail addresses go; ``***``, the mark of a cut,
    becomes a pause; in Chinese and English numbers, dates, times, units and telephone
    numbers are written out. Every line ends as a sentence.
    """
    han = family(language) in _HAN
    stop = "。" if han else "."
    text = unicodedata.normalize("NFC", text).translate(_WIDE).translate(_COMPATIBLE)
    text = re.sub(r"(?<=\d)：(?=\d)", ":", text)
    text = re.sub(r"\s*\*{3,}\s*", stop + "\n", text)
    text = _ADDRESSES.sub(" ", _MARKUP.sub(" ", text))
    text = _words(text, han=han) if han or family(language) == "en" else text
    text = _UNSPOKEN.sub(" ", text.replace("&", " 和 " if han else " and "))
    return "\n".join(filter(None, (_sentence(line, stop) for line in text.splitlines())))


def _words(text: str, *, han: bool) -> str:
    written = chinese(text) if han else english(text)
    return written.replace("%", "百分号" if han else " percent").replace("/", "，" if han else " ")


def _sentence(line: str, stop: str) -> str:
    printable = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in line)
    line = re.sub(r" (?=[，。！？、；：.,!?;:])", "", " ".join(printable.split()))
    if not any(char.isalnum() for char in line):
        return ""
    return line if line[-1] in "。！？.!?…;；" else line.rstrip(",，、:：") + stop
