"""Countries and prefixes of phone numbers (E.164), and what is chosen by them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_valid_number,
    parse,
)

_COUNTRIES = {
    str(code): regions[0]
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()
    if regions[0] != "001"
}
_PREFIXES = {region: f"+{code}" for code, region in _COUNTRIES.items()}
_LONGEST = 3
_SHORTEST_NUMBER, _LONGEST_NUMBER = 3, 15


@lru_cache(maxsize=4096)
def _country(start: str) -> str:
    ends = range(1, _LONGEST + 1)
    return next((_COUNTRIES[start[:end]] for end in ends if start[:end] in _COUNTRIES), "")


def country_of(number: str) -> str:
    """Return the country that a number's code belongs to, its first where several share it."""
    return _country(number[1 : 1 + _LONGEST])


def prefix_of(place: str) -> str:
    """Return the prefix that a country's code or a prefix stands for.

    Raises:
        ValueError: it is neither, or shares its code with a larger country.
    """
    if place.startswith("+") and place[1:].isascii() and place[1:].isdecimal():
        return place
    if place in _PREFIXES:
        return _PREFIXES[place]
    raise ValueError(
        f"{place[:20]!r} is no prefix such as +358 and no country with a code of its own; "
        "write the prefix where countries share one"
    )


def longest_first(table: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """Return a table by prefix so that the first that fits is the one that is meant."""
    return sorted(table.items(), key=lambda entry: len(entry[0]), reverse=True)


def chosen(table: Sequence[tuple[str, str]], number: str) -> str:
    """Return the first entry whose prefix a number begins with, else an empty text."""
    for prefix, entry in table:
        if number.startswith(prefix):
            return entry
    return ""


def international(number: str, country: str = "", *, is_national: bool = False) -> str:
    """Return a number as ``+DIGITS``, or an empty text where it is none.

    ``country`` is that of numbers without a country's code; one that ``is_national`` surely has
    none, any other is taken for one of that country where it can be one.
    """
    bare = "".join(sign for sign in number.strip() if sign not in " -().")
    if is_national and not country:
        # With a plus before it, it would be somebody else's.
        return ""
    if country and not bare.startswith("+"):
        bare = _read_in(country, bare, is_national) or bare
    digits = bare.removeprefix("+").removeprefix("00")
    is_number = digits.isascii() and digits.isdecimal()
    return f"+{digits}" if is_number and _SHORTEST_NUMBER <= len(digits) <= _LONGEST_NUMBER else ""


def _read_in(country: str, number: str, is_national: bool) -> str:
    """Return a number as it is dialled in a country, empty where it cannot be one."""
    try:
        found = parse(number, country)
    except NumberParseException:
        return ""
    may_be = is_national or is_valid_number(found)
    return format_number(found, PhoneNumberFormat.E164) if may_be else ""
