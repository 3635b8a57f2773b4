"""Where sentences end, in texts that people type, wrap and number as they like.

A piece too long costs a segment; one too short can lose what to do. So where it is not
plain that a sentence ends, it goes on.
"""

import re

HAN = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
"""Chinese and Japanese letters and signs, as a range for a regular expression."""

_CLOSERS = """”’」』»）)\"'】\\]"""
_OPENERS = "(（[\"'“„«‚‘¿¡"
_STOP = re.compile(
    rf"(?:[。｡！？؟۔।॥။።；؛]+|[!?;]+(?=[{_CLOSERS}]*(?:\s|$|[{HAN}]))"
    rf"|(?<!\.)\.(?=[{_CLOSERS}]*(?:\s|$))|(?<=[{HAN}])\.(?=[{HAN}]))[{_CLOSERS}]*\s*|\n+"
)
# "14.30" and "3.5" are no marks, "24." is one only where "23." stood.
_MARK = re.compile(
    r"([-–—*•·‣▪◦●■])\s|[(（]?(\d{1,2}|[A-Za-z])[.)．）、](?!\d)|([①-⑳])"
    r"|[(（]?([一二三四五六七八九十]{1,2})[、)）]"
)
_HAN_NUMBERS: tuple[str, ...] = (
    "",
    *"一二三四五六七八九十",
    *(f"十{unit}" for unit in "一二三四五六七八九"),
)
_SHORT = re.compile(r"\w|(?:[^\W\d]{1,3}\.)+[^\W\d]{1,3}|\d{1,2}(?:\.(?:0?[1-9]|1[0-2]))?")
_ENTITY = re.compile(r"&#?\w+$")
_LAST_WORD = re.compile(r"[^\W\d_]+$")
# Before a name or a number in English, German, Romance, Slavic and Nordic languages.
_ABBREVIATIONS = """
mt ft st rd dr hwy rte ave blvd pkwy bldg dept hosp no nos vs approx min max tel ext incl
jan feb apr jun jul aug sep sept oct nov dec thurs calif
bzw ca ggf evtl inkl exkl vgl nr str mind mio bspw einschl zzgl ehem sog lt
av bd boul env tél cf dép arr imp pl sr sra avda núm pág ud uds ctra urb ej
ул пр просп пер пл пос дер обл гор тел мин стр корп кв им тыс млн наб бул мкр ст см напр
al os woj godz kl tlf bijv
"""
_SHORTENED = frozenset(_ABBREVIATIONS.split())
# As short as "Hosp." and "Mt.", and yet whole.
_SHORT_WORDS = """
haus auto tür weg ort zug uhr gas boot see tal berg dorf ufer dach tag
hill park town lake zone gate bay
"""
_WHOLE = frozenset(_SHORT_WORDS.split())
_GOES_ON = (":", "：", ",", "，", "、", "…", "..")
_HEADING, _CALL = 60, 25


def sentences(text: str) -> list[str]:
    """Split a text at its sentence ends; each piece keeps its end and the blanks behind it.

    A semicolon ends a piece too, as it does in Chinese lists of measures, and so does a line
    break before the next item of a list; any other one is a blank. A heading, a question
    and a call such as "Attention!" belong to what follows.
    """
    pieces: list[str] = []
    start = 0
    for stop in _STOP.finditer(text):
        if _ends(text[start : stop.start()], stop):
            pieces.append(text[start : stop.end()])
            start = stop.end()
    return pieces + ([text[start:]] if text[start:].strip() else [])


def _ends(said: str, stop: re.Match[str]) -> bool:
    sign = stop.group().strip()
    if not sign:
        return _line_ends(said, stop)
    if not _says_something(said, sign):
        return False
    if sign[0] == ";":
        return not _ENTITY.search(said[-10:])
    return sign[0] != "." or "\n\n" in stop.group() or _full_stop_ends(said, stop)


def _line_ends(said: str, stop: re.Match[str]) -> bool:
    line = said.rstrip()
    if not any(map(str.isalpha, line)) or line.endswith(_GOES_ON):
        return False
    is_apart = "\n\n" in stop.group()
    return _is_next_item(stop, is_apart=is_apart) or (is_apart and len(line) > _HEADING)


def _says_something(said: str, sign: str) -> bool:
    """Tell a sentence from a number, a question, and a call for attention."""
    letters = sum(map(str.isalpha, said[:_HEADING]))
    if not letters or any(mark in sign for mark in "?？؟"):
        return False
    is_call = any(mark in sign for mark in "!！")
    if re.search(f"[{HAN}]", said[:_HEADING]):
        return letters > (4 if is_call else 2)
    # Khmer, Burmese and others put no blanks between words.
    return len(said[:_HEADING].split()) > (2 if is_call else 1) or letters > _CALL


def _full_stop_ends(said: str, stop: re.Match[str]) -> bool:
    after = stop.string[stop.end() : stop.end() + 4].lstrip(_OPENERS)[:1]
    is_marked = bool(_MARK.match(stop.string, stop.end()))
    if after.islower() or (after.isdecimal() and not is_marked):
        return False
    if "\n" in stop.group() and _is_next_item(stop, is_apart=False):
        return True
    words = said[-_HEADING:].split() or [""]
    return not _is_abbreviated(words[-1].lstrip(_OPENERS))


def _is_abbreviated(word: str) -> bool:
    """Say whether a full stop behind a word may stand for the rest of it."""
    if _SHORT.fullmatch(word):
        return True
    found = _LAST_WORD.search(word)
    last = found.group() if found else ""
    lower = last.lower()
    is_short = last.istitle() and 1 < len(last) <= 4 and lower not in _WHOLE
    return is_short or lower.endswith("str") or lower in _SHORTENED


def _is_next_item(stop: re.Match[str], *, is_apart: bool) -> bool:
    """Say whether what follows is an item of a list, and not its first."""
    mark = _MARK.match(stop.string, stop.end())
    if not mark:
        return False
    bullet, *numbers = mark.groups()
    if bullet:
        return f"\n{stop.string}".find(f"\n{mark[0]}", 0, stop.start()) >= 0
    number = str(next(filter(None, numbers)))
    earlier = _number_before(number)
    there = mark[0].replace(number, earlier)
    return bool(earlier) and (is_apart or stop.string.find(there, 0, stop.start()) >= 0)


def _number_before(number: str) -> str:
    """Return what numbers the item before; nothing before a first one."""
    if number.isdecimal():
        return str(int(number) - 1) if int(number) > 1 else ""
    if number in _HAN_NUMBERS:
        return _HAN_NUMBERS[_HAN_NUMBERS.index(number) - 1]
    return "" if number in "aA①" else chr(ord(number) - 1)
