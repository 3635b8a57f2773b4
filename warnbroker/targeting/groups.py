"""Info groups: which infos tell of the same event in several languages, and where."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from shapely import GeometryCollection, equals, union_all
from shapely.geometry.base import BaseGeometry

from warnbroker.errors import AlertError, Fault
from warnbroker.model.alert import Alert, Area, Info
from warnbroker.model.enums import MsgType, Severity
from warnbroker.model.level import Level
from warnbroker.model.publication import Group
from warnbroker.model.standing import Standing
from warnbroker.targeting.place import place
from warnbroker.targeting.tree import RegionTree

_SEVERITIES = list(Severity)


class Need(StrEnum):
    """What is asked of the areas of infos.

    ``PLACE``: each has one, and it can be placed. ``SOUND``: what shapes and codes there are
    can be placed. ``NOTHING``: what cannot be placed is nowhere.
    """

    PLACE = "place"
    SOUND = "sound"
    NOTHING = "nothing"


@dataclass
class _Draft:
    """A group that is being filled; ``key`` is all that its infos must agree in but the area."""

    key: object
    level: Level
    area: BaseGeometry
    infos: list[Info] = field(default_factory=list)


def group_infos(
    alert: Alert,
    level_of: Callable[[Info], Level],
    tree: RegionTree,
    need: Need | None = None,
) -> tuple[Group, ...]:
    """Return the groups of an alert, gravest first: by level, then by severity.

    Infos are of one group if they agree in category, urgency, severity, certainty, level,
    times and place, and either tell of it in different languages or name the same event.
    An info of a Cancel may have no area, and so may one for a list or an office, since not
    the place decides there; its group's area is then empty. ``need`` asks for more or less.

    Raises:
        AlertError: areas cannot be placed; holds the faults of all of them.
    """
    drafts: list[_Draft] = []
    need = need or (Need.PLACE if Standing.of(alert).is_for_all else Need.SOUND)
    for info, area in zip(alert.infos, _placed(alert, tree, need), strict=True):
        level = level_of(info)
        key = _key(alert, info, level)
        draft = _home(drafts, info, key, area)
        if draft is None:
            draft = _Draft(key, level, area)
            drafts.append(draft)
        draft.infos.append(info)
    drafts.sort(key=_gravity)
    return tuple(
        Group(index, draft.level, tuple(draft.infos), draft.area)
        for index, draft in enumerate(drafts)
    )


def _placed(alert: Alert, tree: RegionTree, need: Need) -> list[BaseGeometry]:
    """Place each info; the same area in several languages is computed once."""
    known: dict[Area, BaseGeometry] = {}
    faults: list[Fault] = []
    wholes = []
    for number, info in enumerate(alert.infos):
        path, own = f"info[{number}]", list[Fault]()
        if not info.areas and need is Need.PLACE and alert.msg_type is not MsgType.CANCEL:
            own.append(Fault("info.unplaced", "the info has no area; add one", path))
        for index, area in enumerate(info.areas):
            if need is Need.SOUND and not (area.polygons or area.circles or area.geocodes):
                continue
            own += _place_once(known, area, tree, f"{path}/area[{index}]")
        # Half an area would tell half of the people and look as if it were the whole.
        wholes.append(_whole(known, info) if not own else GeometryCollection())
        faults += own
    if faults and need is not Need.NOTHING:
        raise AlertError(faults)
    return wholes


def _place_once(
    known: dict[Area, BaseGeometry], area: Area, tree: RegionTree, path: str
) -> list[Fault]:
    nameless = _nameless(area)
    if nameless in known:
        return []
    try:
        known[nameless] = place(area, tree)
    except AlertError as error:
        return [
            replace(fault, path=f"{path}/{fault.path}" if fault.path else path)
            for fault in error.faults
        ]
    return []


def _whole(known: dict[Area, BaseGeometry], info: Info) -> BaseGeometry:
    placed = [known[nameless] for area in info.areas if (nameless := _nameless(area)) in known]
    return union_all(placed)


def _nameless(area: Area) -> Area:
    return replace(area, area_desc="")


def _key(alert: Alert, info: Info, level: Level) -> object:
    return (
        frozenset(info.categories),
        (info.urgency, info.severity, info.certainty, level.code),
        (info.effective or alert.sent, info.onset, info.expires),
        frozenset((area.altitude, area.ceiling) for area in info.areas),
    )


def _home(drafts: list[_Draft], info: Info, key: object, area: BaseGeometry) -> _Draft | None:
    """Return the draft that an info belongs to: of those that it fits, the one most like it."""
    fitting = [
        draft
        for draft in drafts
        if draft.key == key and _fits(draft, info) and equals(draft.area, area)
    ]
    return max(fitting, key=lambda draft: _likeness(draft, info), default=None)


def _fits(draft: _Draft, info: Info) -> bool:
    """Say whether an info may tell of a draft's event: infos of one language must name the same."""
    codes = frozenset(info.event_codes)
    for other in draft.infos:
        same_language = other.language.casefold() == info.language.casefold()
        if same_language and other.event != info.event:
            return False
        if codes and other.event_codes and frozenset(other.event_codes) != codes:
            return False
    return True


def _likeness(draft: _Draft, info: Info) -> tuple[bool, ...]:
    """Rank drafts for an info: event texts differ by language, event codes do not."""
    codes = frozenset(info.event_codes)
    return (
        any(other.event == info.event for other in draft.infos),
        bool(codes) and any(frozenset(other.event_codes) == codes for other in draft.infos),
        any(set(other.response_types) == set(info.response_types) for other in draft.infos),
    )


def _gravity(draft: _Draft) -> tuple[int, int]:
    return draft.level.rank, _SEVERITIES.index(draft.infos[0].severity)
