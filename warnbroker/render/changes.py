"""What an alert says otherwise than an earlier one of the same warning."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from warnbroker.model.alert import Info
from warnbroker.model.level import Level
from warnbroker.model.publication import Group
from warnbroker.render.languages import nearest
from warnbroker.render.layout import clean


@dataclass(frozen=True, slots=True)
class Change:
    """What differs for readers of one info, since the alert that they were told last.

    ``level`` is the earlier level where it was another one. ``sooner``: it begins earlier,
    or holds less long.
    """

    level: Level | None = None
    raised: bool = False
    event: bool = False
    place: bool = False
    onset: bool = False
    expires: bool = False
    action: bool = False
    sooner: bool = False

    @property
    def concerns(self) -> bool:
        """Say whether somebody who is inside before and after would act otherwise."""
        return bool(self.level) or self.event or self.onset or self.expires or self.action

    @property
    def presses(self) -> bool:
        """Say whether they must know at once."""
        return self.raised or self.event or self.action or self.onset or self.sooner


Changes = Mapping[tuple[int, str], Change]
"""Changes by group and language of the info, in lower case."""


def changes(before: Sequence[Group], now: Iterable[Group]) -> Changes:
    """Compare two alerts of a warning, info by info."""
    return {
        (group.index, info.language.lower()): _change(*_like(before, info), group, info)
        for group in now
        for info in group.infos
        if before
    }


def _like(before: Sequence[Group], info: Info) -> tuple[Group, Info]:
    """Return what was said of the same event, else of the gravest, in the nearest language."""
    same = [group for group in before if any(_is_same(item, info) for item in group.infos)]
    group = (same or list(before))[0]
    by_language = {item.language: item for item in group.infos}
    return group, by_language[nearest(by_language, info.language) or group.infos[0].language]


def _is_same(one: Info, other: Info) -> bool:
    return one.event == other.event or bool(set(one.event_codes) & set(other.event_codes))


def _change(old_group: Group, old: Info, group: Group, info: Info) -> Change:
    other_level = group.level.code != old_group.level.code
    return Change(
        level=old_group.level if other_level else None,
        raised=group.level.rank < old_group.level.rank,
        event=not _is_same(old, info) and old.language == info.language,
        place=old.areas != info.areas,
        onset=old.onset != info.onset,
        expires=old.expires != info.expires,
        action=_advice(old) != _advice(info),
        sooner=_is_sooner(old, info),
    )


def _advice(info: Info) -> tuple[str, frozenset[str]]:
    return clean(info.instruction), frozenset(map(str, info.response_types))


def _is_sooner(old: Info, info: Info) -> bool:
    begins = bool(info.onset and (old.onset is None or info.onset < old.onset))
    ends = bool(info.expires and (old.expires is None or info.expires < old.expires))
    return begins or ends
