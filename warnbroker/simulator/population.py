"""A made-up population: subscribers whose numbers and mailboxes cannot belong to anyone.

**Phone numbers** are ``+1 555 0xx xxxx`` (mobile) and ``+1 555 1xx xxxx`` (landline): one
million of each, and as many again for each further million people under 556, 557 and so
on up to 599. Nobody can ever have one, for a reason of form and not of mere vacancy: in
the North American Numbering Plan the digit after the area code is 2 to 9 (NPA-NXX with
N = 2-9), so a subscriber number that begins with 0 or 1 cannot be assigned or dialled.
The area code 555 is besides not assigned, and reads as fiction. The ranges that countries
reserve for films hold a few thousand numbers each, too few; an unassigned country code
(+999) is no number at all to common libraries, which accept these as possible and know
them to be invalid. **Mailboxes** are under ``.example`` (RFC 2606).
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import TypeVar

import shapely
from shapely.geometry.base import BaseGeometry

from warnbroker.errors import ConfigError, FileError
from warnbroker.intake.subscriber_file import write_rows
from warnbroker.model.alert import Position
from warnbroker.model.enums import Category
from warnbroker.model.region import Region
from warnbroker.model.subscriber import AddressKind, Subscriber

_MILLION = 1_000_000
_CAPACITY = 45 * _MILLION
_HOUSEHOLDS = 0.03
"""The share of pairs of people who share a home, its language and its landline."""
_OUTSIDE_MARGIN = 0.15
"""How far beyond the municipality outsiders live, in widths and heights of it."""
_TRIES = 1000
Choice = TypeVar("Choice")

_SURNAMES = (
    ("王", "Wang"), ("李", "Li"), ("张", "Zhang"), ("刘", "Liu"), ("陈", "Chen"),
    ("杨", "Yang"), ("赵", "Zhao"), ("黄", "Huang"), ("周", "Zhou"), ("吴", "Wu"),
    ("徐", "Xu"), ("孙", "Sun"), ("胡", "Hu"), ("朱", "Zhu"), ("高", "Gao"), ("林", "Lin"),
)  # fmt: skip
_GIVEN = (
    ("伟", "Wei"), ("芳", "Fang"), ("娜", "Na"), ("敏", "Min"), ("静", "Jing"),
    ("丽", "Li"), ("强", "Qiang"), ("磊", "Lei"), ("洋", "Yang"), ("艳", "Yan"),
    ("勇", "Yong"), ("军", "Jun"), ("杰", "Jie"), ("涛", "Tao"), ("明", "Ming"), ("霞", "Xia"),
)  # fmt: skip
_ENGLISH_SURNAMES = ("Archer", "Baker", "Carter", "Dyer", "Fisher", "Glover", "Mason", "Weaver")
_ENGLISH_GIVEN = ("Alice", "Bob", "Carol", "David", "Erin", "Frank", "Grace", "Heidi")

_LANGUAGES = (("zh-CN", 70), ("en", 25), ("", 5))
_LEVELS = (("", 88), ("orange", 6), ("red", 6))
_CATEGORIES = (
    ((), 92),
    ((Category.MET, Category.GEO), 4),
    ((Category.FIRE, Category.SAFETY), 2),
    ((Category.HEALTH,), 2),
)
_CHANNELS = (
    ((), 45),
    (("sms",), 20),
    (("sms", "email"), 20),
    (("voice",), 8),
    (("sms", "voice", "email"), 7),
)
_ROLES = (
    ("resident", 88), ("contact", 4), ("officer", 2), ("school", 2), ("hospital", 1),
    ("disabled", 3),
)  # fmt: skip
_QUIET_HOURS = (("", 90), ("22:00-07:00", 10))
_PLACES = (("point", 74), ("point and region", 8), ("region", 10), ("outside", 8))


class _Country:
    """Where people can live: the leaves of the region tree, by population, and what lies around."""

    def __init__(self, regions: Sequence[Region]) -> None:
        parents = {region.parent for region in regions}
        self._leaves = [region for region in regions if region.code not in parents]
        if not self._leaves:
            raise ConfigError("there are no regions to place subscribers in")
        people = [region.population for region in self._leaves]
        weights = people if any(people) else [region.geometry.area for region in self._leaves]
        self._heights = list(accumulate(weights))
        self._whole = shapely.union_all([region.geometry for region in self._leaves])
        for geometry in (self._whole, *(region.geometry for region in self._leaves)):
            shapely.prepare(geometry)

    def leaf(self, dice: Random) -> Region:
        """Return a leaf, each as likely as its share of the people."""
        height = dice.random() * self._heights[-1]
        return self._leaves[min(bisect(self._heights, height), len(self._leaves) - 1)]

    def inside(self, region: Region, dice: Random) -> Position:
        """Return a point of a region, all being equally likely."""
        bounds = region.geometry.bounds
        for _ in range(_TRIES):
            lon, lat = _point(bounds, dice)
            if shapely.contains_xy(region.geometry, lon, lat):
                return lat, lon
        return _any_inside(region.geometry)

    def outside(self, dice: Random) -> Position:
        """Return a point near the municipality that is in none of its regions."""
        west, south, east, north = self._whole.bounds
        wide, high = (east - west) * _OUTSIDE_MARGIN, (north - south) * _OUTSIDE_MARGIN
        around = (west - wide, south - high, east + wide, north + high)
        for _ in range(_TRIES):
            lon, lat = _point(around, dice)
            if not shapely.intersects_xy(self._whole, lon, lat):
                return lat, lon
        return around[1], around[0]


def generate_subscribers(regions: Sequence[Region], count: int, seed: int) -> Iterator[Subscriber]:
    """Yield ``count`` subscribers; the one at an index depends on seed, index and regions only.

    Phone, mailbox and landline differ from person to person, but for a few households
    whose members share a landline.

    Raises:
        ConfigError: there is no region, or there are not that many fictitious numbers.
    """
    if count > _CAPACITY:
        raise ConfigError(f"there are fictitious numbers for {_CAPACITY} people only")
    country = _Country(regions)
    return (_subscriber(country, seed, index) for index in range(count))


def write_csv(subscribers: Iterable[Subscriber], path: Path) -> int:
    """Write a subscriber list as ``warnbroker subscribers import`` reads it; return its length.

    Raises:
        FileError: the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            return write_rows(file, subscribers, header=True)
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror}") from error


def _subscriber(country: _Country, seed: int, index: int) -> Subscriber:
    shares = _dice(seed, "household", index // 2).random() < _HOUSEHOLDS
    home = _dice(seed, "home", index - index % 2 if shares else index)
    language = _choose(home, _LANGUAGES)
    regions, position = _home(country, home)
    dice = _dice(seed, "person", index)
    name, mailbox = _name(dice, language)
    channels = _choose(dice, _CHANNELS)
    if shares:
        channels = ("sms", "voice") if index % 2 else ("voice",)
    return Subscriber(
        ref=f"demo-{index:07d}",
        addresses=_addresses(dice, index, mailbox, channels, shares=shares),
        name=name,
        language=language,
        regions=regions,
        position=position,
        min_level=_choose(dice, _LEVELS),
        categories=_choose(dice, _CATEGORIES),
        channels=channels,
        quiet_hours=_choose(dice, _QUIET_HOURS),
        role=_choose(dice, _ROLES),
        drills=dice.random() < 0.3,
    )


def _home(country: _Country, dice: Random) -> tuple[tuple[str, ...], Position | None]:
    place = _choose(dice, _PLACES)
    if place == "outside":
        return (), country.outside(dice)
    leaf = country.leaf(dice)
    codes = (leaf.code,) if "region" in place else ()
    return codes, country.inside(leaf, dice) if "point" in place else None


def _addresses(
    dice: Random, index: int, mailbox: str, channels: tuple[str, ...], *, shares: bool
) -> dict[str, str]:
    """Give a person what their channels need; who chose none has a phone, perhaps more."""
    has_mailbox, has_landline = dice.random() < 0.7, dice.random() < 0.15
    addresses: dict[str, str] = {}
    if channels != ("voice",):
        addresses[AddressKind.PHONE] = _number(0, index)
    if "email" in channels or (not channels and has_mailbox):
        addresses[AddressKind.EMAIL] = f"{mailbox}.{index:07d}@mail.example"
    if "voice" in channels or (not channels and has_landline):
        addresses[AddressKind.VOICE] = _number(1, index - index % 2 if shares else index)
    return addresses


def _number(kind: int, index: int) -> str:
    million, rest = divmod(index, _MILLION)
    return f"+1{555 + million}{kind}{rest:06d}"


def _name(dice: Random, language: str) -> tuple[str, str]:
    """Return a name as its bearer writes it, and in letters for a mailbox."""
    if language == "en" and dice.random() < 0.5:
        given, surname = dice.choice(_ENGLISH_GIVEN), dice.choice(_ENGLISH_SURNAMES)
        return f"{given} {surname}", f"{given}.{surname}".lower()
    surname, surname_letters = dice.choice(_SURNAMES)
    given, letters = dice.choice(_GIVEN)
    mailbox = f"{letters}.{surname_letters}".lower()
    return (f"{letters} {surname_letters}" if language == "en" else surname + given), mailbox


def _dice(seed: int, what: str, index: int) -> Random:
    digest = blake2b(f"{seed}/{what}/{index}".encode(), digest_size=8).digest()
    return Random(int.from_bytes(digest))  # noqa: S311  a made-up population keeps no secret


def _choose(dice: Random, shares: Sequence[tuple[Choice, int]]) -> Choice:
    """Return one of the choices; their shares are percentages."""
    point = dice.random() * 100
    for choice, share in shares:
        point -= share
        if point < 0:
            return choice
    return shares[-1][0]


def _point(bounds: tuple[float, float, float, float], dice: Random) -> tuple[float, float]:
    """Return a longitude and latitude within bounds, to about ten centimetres."""
    west, south, east, north = bounds
    return round(dice.uniform(west, east), 6), round(dice.uniform(south, north), 6)


def _any_inside(geometry: BaseGeometry) -> Position:
    point = geometry.representative_point()
    return point.y, point.x
