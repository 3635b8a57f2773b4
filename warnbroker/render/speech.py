"""Make a text fit to be read aloud: no web addresses, numbers and units in words."""

import re

from warnbroker.render.languages import primary

_LINK = re.compile(r"(?:https?://|www\.)[!-~]*[\w/]", re.ASCII)
_MAILBOX = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[A-Za-z][A-Za-z-]*)+", re.ASCII)
_SPOKEN_FOR = {"en": ("our website", "our mailbox"), "zh": ("官方网站", "官方邮箱")}
_BRACKETS = re.compile(r"\s*[(（]\s*[)）]")
# Digit by digit: what a phone word announces, and numbers that only a phone can have.
_ANNOUNCED = re.compile(
    r"(?i)((?:\b(?:call|dial|phone|ring|tel|hotline)|拨打|电话|热线|致电)\W{0,3})"
    r"(\+?\d[\d-]{2,}(?:\s*(?:[/、,，]|或者?|和|or|and)\s*(?:\d{3}|\d{5,})(?!\d))*)"
)
_NUMBER = re.compile(r"\+?\d[\d-]*")
_LONG = re.compile(r"(?<![\d.,])\+?\d{1,4}(?:-\d{3,})+(?!\d)|(?<![\d.,])\+?\d{7,}(?!\d)")
_UNITS = {
    "en": {
        "km/h": "kilometres per hour",
        "m/s": "metres per second",
        "mm": "millimetres",
        "cm": "centimetres",
        "km": "kilometres",
        "m": "metres",
        "°C": "degrees Celsius",
    },
    "zh": {
        "km/h": "公里每小时",
        "m/s": "米每秒",
        "mm": "毫米",
        "cm": "厘米",
        "km": "公里",
        "m": "米",
        "°C": "摄氏度",
        "℃": "摄氏度",
    },
}
_CHINESE_CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:：](\d{2})(?!\d)")


def speakable(text: str, language: str) -> str:
    """Return a text as it should be read aloud in a language."""
    tongue = primary(language)
    website, mailbox = _SPOKEN_FOR.get(tongue, ("", ""))
    silent = _BRACKETS.sub("", _MAILBOX.sub(mailbox, _LINK.sub(website, text)))
    for unit, word in _UNITS.get(tongue, {}).items():
        blank = "" if tongue == "zh" else " "
        silent = re.sub(rf"(?<=\d)\s?{re.escape(unit)}(?![\w/])", blank + word, silent, flags=re.A)
    if tongue == "zh":
        silent = _CHINESE_CLOCK.sub(r"\1时\2分", silent)
    announced = _ANNOUNCED.sub(lambda found: found[1] + _NUMBER.sub(_apart, found[2]), silent)
    return _LONG.sub(_apart, announced)


def _apart(number: re.Match[str]) -> str:
    return " ".join(character for character in number[0] if character.isdigit())
