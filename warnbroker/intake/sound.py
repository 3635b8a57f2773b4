"""Whether an alert is right in itself: its rules, its places, and what is written down of it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from warnbroker.cap import check, parse_xml, to_json, to_xml
from warnbroker.errors import AlertError, Fault, UnreadableError
from warnbroker.model.alert import Alert
from warnbroker.model.level import LevelScale
from warnbroker.model.publication import Group
from warnbroker.targeting import RegionTree, group_infos

FIRST_YEAR, LAST_YEAR = 1900, 9000
LONGEST_NAME = 500
MOST_REFERENCES = 500
NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sound:
    """What is known of an alert that breaks no rule; ``document`` is our CAP XML of it."""

    digest: bytes
    groups: Sequence[Group]
    document: bytes

    @property
    def area(self) -> BaseGeometry | None:
        """Return where it holds, None where it does not say."""
        return area_of(self.groups)

    @property
    def wkb(self) -> bytes:
        """Return where it holds as well-known binary, nothing where it does not say."""
        area = self.area
        return b"" if area is None else bytes(area.wkb)


def sound(alert: Alert, scale: LevelScale, tree: RegionTree, now: datetime) -> Sound:
    """Judge an alert.

    Raises:
        AlertError: it breaks rules; all of them are named.
    """
    faults = [*check(alert, now), *_odd_times(alert), *_excess(alert)]
    broken = [fault for fault in faults if fault.level == "error"]
    if broken:
        raise AlertError(broken)
    groups = group_infos(alert, scale.of, tree)
    return Sound(content_hash(alert), groups, _document(alert))


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
        parse_xml(document, limit=len(document) + 1)
    except (UnreadableError, AlertError) as error:
        text = f"it cannot be written as CAP XML ({error}); send less in one message"
        raise AlertError([Fault("alert.unwritable", text)]) from error
    return document
