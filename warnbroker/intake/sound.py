"""Whether an alert is right in itself: its rules, its places, and what is written down of it."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from warnbroker.cap import check, parse_xml, to_json, to_xml
from warnbroker.errors import AlertError, Fault, UnreadableError
from warnbroker.intake.adjacent import left_out
from warnbroker.intake.gates import Gates
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType
from warnbroker.model.publication import Group
from warnbroker.targeting import Need, RegionTree, group_infos

FIRST_YEAR, LAST_YEAR = 1900, 9000
LONGEST_NAME = 500
MOST_REFERENCES = 500
NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)

# What must be right before an area is worth placing, or affordable to place.
_UNPLACEABLE = (
    "cap.area.",
    "cap.info.area.",
    "cap.alert.positions.",
    "cap.alert.circles.",
    "cap.alert.shapes.",
    "cap.alert.info.count",
)


@dataclass(frozen=True, slots=True)
class Sound:
    """What is known of an alert that may be published.

    ``document`` is our CAP XML of it, ``warnings`` what it should say otherwise.
    """

    digest: bytes
    groups: Sequence[Group]
    document: bytes
    warnings: Sequence[Fault] = ()

    @property
    def area(self) -> BaseGeometry | None:
        """Return where it holds, None where it does not say."""
        return area_of(self.groups)

    @property
    def wkb(self) -> bytes:
        """Return where it holds as well-known binary, nothing where it does not say."""
        area = self.area
        return b"" if area is None else bytes(area.wkb)


def sound(alert: Alert, tree: RegionTree, now: datetime, gates: Gates) -> Sound:
    """Judge an alert.

    Raises:
        AlertError: it breaks rules; all of them are named, and what is only advised too.
    """
    faults = broken_rules(alert, now, gates)
    groups: Sequence[Group] = ()
    if not any(fault.rule.startswith(_UNPLACEABLE) and _is_grave(fault) for fault in faults):
        try:
            groups = group_infos(alert, gates.scale.of, tree)
        except AlertError as error:
            if alert.msg_type is MsgType.CANCEL:
                # It goes to those who were told: regions that changed since must not keep it in.
                groups = group_infos(alert, gates.scale.of, tree, Need.NOTHING)
                faults += [replace(fault, level="warning") for fault in error.faults]
            else:
                faults += error.faults
    faults += gates.untold(alert, groups)
    faults += left_out(alert, groups, tree, gates.hazards)
    if any(_is_grave(fault) for fault in faults):
        raise AlertError(sorted(faults, key=lambda fault: not _is_grave(fault)))
    return Sound(content_hash(alert), groups, _document(alert), tuple(faults))


def broken_rules(
    alert: Alert, now: datetime, gates: Gates, unread: Collection[str] = ()
) -> list[Fault]:
    """Return all rules that an alert breaks, as far as no region need be known.

    ``unread`` names the elements of a broken message that something else stands for.
    """
    own = (*_odd_times(alert), *_excess(alert), *gates.faults(alert, unread))
    return [*check(alert, now, unread=unread), *own]


def _is_grave(fault: Fault) -> bool:
    return fault.level == "error"


def content_hash(alert: Alert) -> bytes:
    """Return SHA-256 over the canonical model, so that two writings of one alert are the same."""
    return hashlib.sha256(orjson.dumps(to_json(alert), option=orjson.OPT_SORT_KEYS)).digest()


def fingerprint(alert: Alert) -> bytes:
    """Return SHA-256 over what an alert tells, whoever says so and whenever."""
    told = to_json(replace(alert, identifier="", sender="", sent=NO_TIME, references=()))
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).digest()


def area_of(groups: Sequence[Group]) -> BaseGeometry | None:
    """Return the area of all groups, None where none says where."""
    area = shapely.union_all([group.area for group in groups])
    return None if area.is_empty else area


def _odd_times(alert: Alert) -> Iterator[Fault]:
    """Find times that no local clock can show: the calendar ends with the year 9999."""
    times = [("sent", alert.sent)]
    for index, info in enumerate(alert.infos):
        named = (("effective", info.effective), ("onset", info.onset), ("expires", info.expires))
        times += [(f"info[{index}]/{name}", moment) for name, moment in named if moment]
    for path, moment in times:
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            text = f"the year {moment.year} cannot be meant; correct it"
            yield Fault("alert.time.year", text, path)


def _excess(alert: Alert) -> Iterator[Fault]:
    """Find names that no index can hold, and more references than can be looked up in time."""
    for name, text in (("identifier", alert.identifier), ("sender", alert.sender)):
        if len(text) > LONGEST_NAME:
            message = f"{name} has {len(text)} characters; the limit is {LONGEST_NAME}"
            yield Fault("alert.name.length", message, name)
    if len(alert.references) > MOST_REFERENCES:
        message = f"there are {len(alert.references)} references; the limit is {MOST_REFERENCES}"
        yield Fault("alert.references.count", message, "references")


def _document(alert: Alert) -> bytes:
    """Write the CAP XML, and prove that whoever publishes it can read it again.

    JSON packs more into a body than XML may hold. What cannot be read would never go out,
    and every page that lists it would fail.
    """
    document = to_xml(alert)
    try:
        again = parse_xml(document, limit=len(document) + 1)
    except (UnreadableError, AlertError) as error:
        text = f"it cannot be written as CAP XML ({error}); send less in one message"
        raise AlertError([Fault("alert.unwritable", text)]) from error
    if _shapes(again) != _shapes(alert):
        # People are chosen by what is read back: it must be the place that was ordered.
        text = "its area is not the same when it is read back as CAP XML; give it more simply"
        words = "预警范围写入CAP文件后回读不一致；请简化范围的写法"
        raise AlertError([Fault("area.read_back", text, chinese=words)])
    return document


def _shapes(alert: Alert) -> list[object]:
    areas = [area for info in alert.infos for area in info.areas]
    return [(area.polygons, area.circles, area.geocodes) for area in areas]
