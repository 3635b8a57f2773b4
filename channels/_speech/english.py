"""English text as it is read aloud: dates, times, units and telephone numbers in words."""

import re
from calendar import month_name
from collections.abc import Callable

_MONTHS = "|".join(month_name[1:])
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4"}
_UNITS = (
    ("km/h", "kilometres per hour"),
    ("m/s", "metres per second"),
    ("mm", "millimetres"),
    ("cm", "centimetres"),
    ("km", "kilometres"),
    ("kg", "kilograms"),
    ("hPa", "hectopascals"),
    ("°C", "degrees Celsius"),
    ("m", "metres"),
)
_PHONES = (
    r"\+\d[\d -]{6,}\d",
    r"\(?0\d{1,4}\)?[ -]?\d[\d -]{5,}\d",
    r"\d{3}-\d{3,4}-\d{4}",
    r"\d{8,}",
    r"(?i:\b(?:call|dial|phone|ring|text|telephone|hotline|number)\b)"
    r"(?: (?:us|on|at|the|emergency|number|is))*:? \d[\d-]*(?:(?:, | or | and |/)\d[\d-]*)*",
)


def english(text: str) -> str:
    """Return a text that the English voice reads as a person would."""
    for pattern, write in _RULES:
        text = re.sub(pattern, write, text)
    return text


def _year(digits: str) -> str:
    century, rest = divmod(int(digits), 100)
    if century % 10 == 0 and rest < 10:
        return digits
    return f"{century} {'hundred' if not rest else f'oh {rest}' if rest < 10 else rest}"


def _iso_date(match: re.Match[str]) -> str:
    month = int(match[2])
    if not 1 <= month <= 12:
        return match[0]
    return f"{int(match[3])} {month_name[month]} {match[1]}{', ' if match[4] else ''}"


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2])
    if hour > 24 or minute > 59:
        return match[0]
    if not minute and hour in {0, 12, 24}:
        return "noon" if hour == 12 else "midnight"
    half = "p m" if 12 <= hour < 24 else "a m"
    spoken = "" if not minute else f" oh {minute}" if minute < 10 else f" {minute}"
    return f"{(hour - 1) % 12 + 1}{spoken} {half}"


def _phone(match: re.Match[str]) -> str:
    return re.sub(r"[\d+(][\d() -]*\d", lambda part: " ".join(re.findall(r"\d", part[0])), match[0])


_RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"(?<!\d)(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)(T?)", _iso_date),
    (rf"(?<=\b)((?:{_MONTHS}),? (?:\d{{1,2}},? )?)(\d{{4}})\b", lambda m: m[1] + _year(m[2])),
    # With its full stops the voice takes it for the end of a sentence.
    (r"\b([ap])\.m\.(?=\s+[A-Z]|\s*$)", r"\1 m."),
    (r"\b([ap])\.m\.", r"\1 m"),
    (r"(?<=\d:\d{2}:\d{2})(?:Z|[+-]\d{2}:\d{2})", ""),
    (r"(?<![\d:])(\d{1,2}):(\d{2})(?::\d{2})?(?![\d:]| ?[aApP][. ]?[mM])", _time),
    *((rf"(?<!\d){pattern}", _phone) for pattern in _PHONES),
    (r"\b((?i:level|grade)) (I{1,3}|IV)\b", lambda match: f"{match[1]} {_ROMAN[match[2]]}"),
    (r"(?<=\d),(?=\d{3}(?!\d))", ""),
    (r"(?<=\d) ?[-–~] ?(?=\d)", " to "),
    (r"(?<=\d [ap] m) ?[-–~] ?(?=\d|noon|midnight)", " to "),
    (r"(?<![\w-])-(?=\d)", "minus "),
    (r"(?<=\d) ?%", " percent"),
    *((rf"(?<=\d) ?{unit}(?![A-Za-z])", f" {words}") for unit, words in _UNITS),
)
