"""Chinese text as it is read aloud: numbers, dates, times and units in words.

The engine reads a year as a cardinal number, and numbers from ten thousand on wrongly, so
no digit may reach it.
"""

import re
from collections.abc import Callable

_DIGITS = "零一二三四五六七八九"
_PHONE_DIGITS = str.maketrans("0123456789", "零幺二三四五六七八九", "-() +")
_PLACES = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "兆")
_ROMAN = {"I": "一", "II": "二", "III": "三", "IV": "四"}
_NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_CLOCK = r"\d{2}:\d{2}"
_UNITS = (
    ("公里/小时", "公里每小时"),
    ("米/秒", "米每秒"),
    ("km/h", "公里每小时"),
    ("m/s", "米每秒"),
    ("mm", "毫米"),
    ("cm", "厘米"),
    ("km", "公里"),
    ("kg", "公斤"),
    ("hPa", "百帕"),
    ("°C", "度"),
    ("m", "米"),
)
_PHONES = (
    r"\+\d[\d -]{6,}\d",
    r"\(?0\d{2,3}\)?[ -]?\d{7,8}",
    r"[48]00-?\d{3}-?\d{4}",
    r"\d{8,}",
    r"(?:拨打|致电|拨|电话|热线)[：: 为是请号码]{0,4}\d(?:[ -]?\d)*(?:[、或和,，/]\d(?:[ -]?\d)*)*",
    r"\d(?: \d){2,}(?!\d)",
)


def cardinal(number: int) -> str:
    """Return a whole number below 10^16 in words, as 一千零五."""
    if number < 10:
        return _DIGITS[number]
    words, gap = "", False
    for group in reversed(range(len(_GROUPS))):
        part = number // 10_000**group % 10_000
        if not part:
            gap = gap or bool(words)
            continue
        zero = "零" if words and (gap or part < 1000) else ""
        words, gap = words + zero + _below_ten_thousand(part) + _GROUPS[group], False
    return words.removeprefix("一") if words.startswith("一十") else words


def chinese(text: str) -> str:
    """Return a text without digits, ready to be spoken in Mandarin or Cantonese."""
    for pattern, write in _RULES:
        text = re.sub(pattern, write, text)
    return text


def _below_ten_thousand(number: int) -> str:
    words, gap = "", False
    for place in reversed(range(4)):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + _PLACES[place]
        gap = not digit
    return words


def _digit_by_digit(digits: str) -> str:
    return "".join(_DIGITS[int(digit)] for digit in digits)


def _number(match: re.Match[str]) -> str:
    whole, _, decimals = match[0].replace(",", "").partition(".")
    long_or_coded = len(whole) > 12 or (len(whole) > 1 and whole.startswith("0"))
    words = _digit_by_digit(whole) if long_or_coded else cardinal(int(whole))
    return f"{words}点{_digit_by_digit(decimals)}" if decimals else words


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2])
    if hour > 24 or minute > 59:
        return match[0]
    if not minute:
        return f"{cardinal(hour)}点整"
    return f"{cardinal(hour)}点{'零' if minute < 10 else ''}{cardinal(minute)}分"


def _phone(match: re.Match[str]) -> str:
    return re.sub(r"[\d+(][\d() -]*\d", lambda part: part[0].translate(_PHONE_DIGITS), match[0])


_RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", r"\1年\2月\3日"),
    (rf"日T({_CLOCK})(?::\d{{2}})?(?:Z|[+-]{_CLOCK})?", r"日\1"),
    (r"(\d{4})(?=年)", lambda match: _digit_by_digit(match[1])),
    (r"(?<!\d)0(\d)(?=[月日时])", r"\1"),
    (r"(?<!\d)(\d{1,2}):(\d{2})(?::\d{2})?(?!\d)", _time),
    (r"时0(\d)分", r"时零\1分"),
    *((rf"(?<!\d){pattern}", _phone) for pattern in _PHONES),
    (r"\b(I{1,3}|IV)(?=级)", lambda match: _ROMAN[match[1]]),
    *((rf"(?<=\d) ?{unit}(?![A-Za-z])", word) for unit, word in _UNITS),
    (r"(?<=[\d%度米月日时分级整点]) ?(?:[-~–]|—(?!—)) ?(?=[\d零一二三四五六七八九十])", "至"),
    (rf"-(?=(?:{_NUMBER}) ?度)", "零下"),
    (r"(?<![\w-])-(?=\d)", "负"),
    (rf"({_NUMBER})%", r"百分之\1"),
    (r"(?<![\d.])2(?=[个天次名辆条座米万千]|小时|公里)", "两"),
    (_NUMBER, _number),
)
