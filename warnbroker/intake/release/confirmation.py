"""The typed confirmation: a decision names the status, level, area and number of people.

One "Are you sure?" for drill and danger alike let a drill go out as real in Hawaii in 2018
(FCC report on the false alert of 13 January 2018): whoever releases must say what it is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from warnbroker.errors import ConfirmationError, Fault
from warnbroker.model.alert import Alert
from warnbroker.model.typed import plain

LONGEST_AREA = 30
"""Characters; more than that nobody types at night."""

_CLAUSE = re.compile("[:;,.(：；，、。（]")

_RULES = {
    "status": ("release.confirmation.status", "状态"),
    "level": ("release.confirmation.level", "级别"),
    "area": ("release.confirmation.area", "区域"),
    "people": ("release.confirmation.people", "人数"),
}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the person who decides must name; ``people`` None is nothing said."""

    status: str = ""
    level: str = ""
    area: str = ""
    people: int | None = None


NOTHING = Confirmation()


@dataclass(frozen=True, slots=True)
class Named:
    """What an alert is; ``areas`` is the name of its place by language, its own first."""

    status: str
    level: str
    areas: Mapping[str, str]
    people: int | None

    def told_in(self, language: str) -> Confirmation:
        """Return what to type, the place in a language where the alert has it, else as it has."""
        own = [name for tag, name in self.areas.items() if _primary(tag) == _primary(language)]
        area = next(iter([*own, *self.areas.values()]), "")
        return Confirmation(self.status, self.level, area, self.people)


def require_same(given: Confirmation, named: Named) -> None:
    """Let a confirmation pass that names what the alert is, the place in any of its languages.

    Case does not matter.

    Raises:
        ConfirmationError: a field differs; all that do are named with both values.
    """
    faults = list(_faults(given, named))
    if faults:
        raise ConfirmationError(faults)


def _faults(given: Confirmation, named: Named) -> Iterator[Fault]:
    english, chinese = named.told_in("en"), named.told_in("zh")
    places = {_plain(area) for area in named.areas.values()}
    for name in (field.name for field in fields(Confirmation)):
        said, wanted = getattr(given, name), getattr(english, name)
        passes = places if name == "area" and places else {_plain(wanted)}
        if _plain(said) not in passes:
            yield _fault(name, said, wanted, getattr(chinese, name))


def _fault(
    name: str, said: str | int | None, wanted: str | int | None, chinese: str | int | None
) -> Fault:
    rule, called = _RULES[name]
    wrote = f"you wrote {str(said)!r}" if _plain(said) else "you wrote nothing"
    return Fault(
        rule,
        f"{name}: the alert says {str(wanted)!r}, {wrote}; look at it again, "
        "and confirm only what it says",
        f"confirmation/{name}",
        chinese=f"{called}应为“{chinese}”，所填为“{_plain(said)}”；请重新核对预警内容",
    )


def _plain(value: str | int | None) -> str:
    return "" if value is None else plain(str(value))


def area_words(alerts: Sequence[Alert]) -> Mapping[str, str]:
    """Return the short name of the place of the first alert that names one, by language.

    Of long descriptions it is the first clause of the first, with the number of the others,
    so that a person can type it.
    """
    for alert in alerts:
        named: dict[str, dict[str, None]] = {}
        for info in alert.infos:
            for area in info.areas:
                named.setdefault(info.language, {})[" ".join(area.area_desc.split())] = None
        if named:
            return {language: _short(list(names)) for language, names in named.items()}
    return {}


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def _short(names: Sequence[str]) -> str:
    whole = ", ".join(names)
    if len(whole) <= LONGEST_AREA:
        return whole
    clause = next(filter(None, _CLAUSE.split(names[0])), names[0])
    first = clause[:LONGEST_AREA].strip()
    return f"{first} +{len(names) - 1}" if len(names) > 1 else first
