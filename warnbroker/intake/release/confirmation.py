"""The typed confirmation: a decision names the status, level, area and number of people.

One "Are you sure?" for drill and danger alike let a drill go out as real in Hawaii in 2018
(FCC report on the false alert of 13 January 2018): whoever releases must say what it is.
"""

import re
from collections.abc import Iterator, Sequence
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


def require_same(given: Confirmation, expected: Confirmation) -> None:
    """Let a confirmation pass that names what the alert is; case does not matter.

    Raises:
        ConfirmationError: a field differs; all that do are named with both values.
    """
    faults = list(_faults(given, expected))
    if faults:
        raise ConfirmationError(faults)


def _faults(given: Confirmation, expected: Confirmation) -> Iterator[Fault]:
    for name in (field.name for field in fields(Confirmation)):
        said, wanted = getattr(given, name), getattr(expected, name)
        if _plain(said) != _plain(wanted):
            rule, chinese = _RULES[name]
            wrote = f"you wrote {str(said)!r}" if _plain(said) else "you wrote nothing"
            yield Fault(
                rule,
                f"{name}: the alert says {str(wanted)!r}, {wrote}; look at it again, "
                "and confirm only what it says",
                f"confirmation/{name}",
                chinese=f"{chinese}应为“{wanted}”，所填为“{_plain(said)}”；请重新核对预警内容",
            )


def _plain(value: str | int | None) -> str:
    return "" if value is None else plain(str(value))


def area_words(alerts: Sequence[Alert]) -> str:
    """Return the short name of the place of the first alert that names one.

    The descriptions in the language of its first info; of long ones the first clause of the
    first, with the number of the others, so that a person can type it.
    """
    for alert in alerts:
        language = alert.infos[0].language if alert.infos else ""
        named = dict.fromkeys(
            " ".join(area.area_desc.split())
            for info in alert.infos
            if info.language == language
            for area in info.areas
        )
        if named:
            return _short(list(named))
    return ""


def _short(names: Sequence[str]) -> str:
    whole = ", ".join(names)
    if len(whole) <= LONGEST_AREA:
        return whole
    clause = next(filter(None, _CLAUSE.split(names[0])), names[0])
    first = clause[:LONGEST_AREA].strip()
    return f"{first} +{len(names) - 1}" if len(names) > 1 else first
