"""Write instants as people read and hear them."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from warnbroker.render.languages import primary

_TRADITIONAL = ("hant", "tw", "hk", "mo")
_PERIODS = ((5, "凌晨"), (8, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in the municipality's time: to read (its text), to hear, and itself.

    One that the alert does not give is false and prints as nothing.
    """

    text: str = ""
    spoken: str = ""
    at: datetime | None = None

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return self.at is not None


@dataclass(frozen=True, slots=True)
class LocalClock:
    """Writes instants for one language, with the year where it is not the issue's."""

    issued: datetime
    zone: tzinfo
    language: str

    def moment(self, at: datetime | None) -> Moment:
        """Return an instant in words, an empty one for None."""
        if at is None:
            return Moment()
        local = at.astimezone(self.zone)
        year = local.year != self.issued.astimezone(self.zone).year
        return Moment(
            written(local, self.language, year=year), spoken(local, self.language, year=year), local
        )

    def later(self, at: datetime | None) -> Moment:
        """Return the moment if it comes after the issue; what has begun needs no start."""
        return self.moment(at if at and at > self.issued else None)


def written(moment: datetime, language: str, *, year: bool = False) -> str:
    """Return a local time for reading, always with its date.

    ``11月23日02时10分``, ``23 Nov, 02:10``; on the full hour ``11月23日02时``.
    ``year`` adds the year. A language that nobody knows gets ISO 8601's order.
    """
    if primary(language) == "zh":
        return _chinese(moment, f"{moment:%H}", language, year=year)
    if primary(language) == "en":
        return _formatted(moment, "d MMM y, HH:mm" if year else "d MMM, HH:mm", "en")
    return _by_skeleton(moment, language, ("yMMMd" if year else "MMMd", "Hm"))


def spoken(moment: datetime, language: str, *, year: bool = False) -> str:
    """Return a local time for reading aloud, always with its date.

    ``11月23日凌晨2时10分``, ``2:10 a.m. on Monday 23 November``.
    """
    if primary(language) == "zh":
        return _chinese(moment, _chinese_hour(moment.hour), language, year=year)
    if primary(language) == "en":
        day = _formatted(moment, "EEEE d MMMM y" if year else "EEEE d MMMM", "en")
        return f"{_english_clock(moment)} {day}"
    return _by_skeleton(moment, language, ("yMMMEd" if year else "MMMEd", "Hm"))


def _chinese(moment: datetime, hour: str, language: str, *, year: bool) -> str:
    traditional = any(tag in _TRADITIONAL for tag in language.lower().split("-"))
    unit = "時" if traditional else "时"
    minutes = f"{moment:%M}分" if moment.minute else ""
    years = f"{moment.year}年" if year else ""
    return f"{years}{moment.month}月{moment.day}日{hour}{unit}{minutes}"


def _chinese_hour(hour: int) -> str:
    period = next(name for end, name in _PERIODS if hour < end)
    return f"{period}{hour if hour <= 12 else hour - 12}" if hour else "零"


def _english_clock(moment: datetime) -> str:
    if moment.minute == 0 and moment.hour % 12 == 0:
        return "12 noon on" if moment.hour else "midnight at the start of"
    clock = f"{moment.hour % 12 or 12}" + (f":{moment:%M}" if moment.minute else "")
    return f"{clock} {'a.m.' if moment.hour < 12 else 'p.m.'} on"


def _formatted(moment: datetime, pattern: str, locale: str) -> str:
    from babel.dates import format_datetime

    return format_datetime(moment.replace(tzinfo=None), pattern, locale=locale)


def _by_skeleton(moment: datetime, language: str, skeletons: tuple[str, str]) -> str:
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_skeleton

    clock = moment.replace(tzinfo=None)
    try:
        locale = Locale.parse(language, sep="-")
        date, time = (format_skeleton(skeleton, clock, locale=locale) for skeleton in skeletons)
    except (UnknownLocaleError, ValueError, KeyError):
        return f"{moment:%Y-%m-%d %H:%M}"
    return str(locale.datetime_formats["medium"]).replace("{1}", date).replace("{0}", time)
