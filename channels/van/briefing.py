"""From a publication to what a plan is asked for and what its sheets say."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from channels.van.files import read_plan
from channels.van.fleet import Fleet
from channels.van.model import Briefing, Kind, Plan
from channels.van.request import PlanRequest, deadline_for
from channels.van.settings import VanSettings
from warnbroker.errors import FileError
from warnbroker.model.alert import Info
from warnbroker.model.drill import is_marked, with_mark
from warnbroker.model.enums import MsgType, Status
from warnbroker.model.message import MessageKind
from warnbroker.model.publication import Publication

_SCRIPT = "script"
_KINDS = {MsgType.UPDATE: Kind.UPDATE, MsgType.CANCEL: Kind.CANCEL}


def make_request(
    publication: Publication,
    settings: VanSettings,
    fleet: Fleet,
    briefing: Briefing,
    now: datetime,
) -> PlanRequest:
    """Return the request for one alert; vans start now, a plan made late is no use otherwise.

    An alert that has already expired is planned as if it were just published.
    """
    lead = timedelta(minutes=settings.lead_minutes)
    start = now if publication.published <= now < publication.expires else publication.published
    return PlanRequest(
        alert=publication.id,
        briefing=briefing,
        area=publication.area,
        start=start,
        deadline=deadline_for(onset(publication), start, publication.expires, lead),
        fleet=fleet,
        roads=settings.roads,
        population=settings.population,
        seconds=settings.seconds,
        message_seconds=settings.message_seconds,
        dwell_seconds=settings.dwell_seconds,
    )


def make_briefing(
    publication: Publication, zone: ZoneInfo, names: Mapping[str, str], revision: int
) -> Briefing:
    """Return what the sheets of one alert say, gravest group first."""
    group = publication.groups[0] if publication.groups else None
    infos: tuple[Info, ...] = group.infos if group else publication.alert.infos
    starts = onset(publication)
    is_drill = publication.alert.status is not Status.ACTUAL
    return Briefing(
        kind=_KINDS.get(publication.alert.msg_type, Kind.ALERT),
        revision=revision,
        replaces=publication.supersedes,
        level=publication.level.code,
        level_names=dict(publication.level.names),
        numeral=publication.level.numeral,
        drill=is_drill,
        headlines={info.language: _headline(info, is_drill=is_drill) for info in infos},
        issuers={info.language: info.sender_name or publication.alert.sender for info in infos},
        areas={info.language: _places(info) for info in infos if info.areas},
        scripts=_scripts(publication),
        municipality=dict(names),
        time_zone=zone.key,
        expires=publication.expires,
        hazard_present=starts is not None and starts <= publication.published,
    )


def is_marked_drill(plan: Plan) -> bool:
    """Say whether the sheets of a plan show that it is a drill, in all that is read out."""
    briefing = plan.briefing
    said = (*briefing.headlines.values(), *briefing.scripts.values())
    return briefing.drill and all(map(is_marked, said))


def _headline(info: Info, *, is_drill: bool) -> str:
    text = info.headline or info.event
    return with_mark(text, info.language) if is_drill else text


def onset(publication: Publication) -> datetime | None:
    """Return the earliest onset that any info states."""
    stated = [info.onset for info in publication.alert.infos if info.onset is not None]
    return min(stated, default=None)


def next_revision(publication: Publication, directory: Path) -> int:
    """Return one more than the highest revision among the alerts that this one replaces.

    An unreadable plan of an alert counts as its first revision.
    """
    found = [0]
    for alert in publication.supersedes:
        try:
            plan = read_plan(alert, directory)
        except FileError:
            found.append(1)
        else:
            found.append(plan.briefing.revision if plan else 0)
    return max(found) + 1


def _places(info: Info) -> str:
    joint = "；" if info.language.lower().startswith("zh") else "; "
    return joint.join(dict.fromkeys(area.area_desc for area in info.areas))


def _scripts(publication: Publication) -> dict[str, str]:
    """Return the texts to announce; "you are outside now" is not for the streets inside."""
    texts: dict[str, list[str]] = {tag: [] for tag in publication.languages}
    for message in publication.messages:
        if message.kind is not MessageKind.OUTSIDE and message.parts.get(_SCRIPT):
            texts[message.language].append(message.parts[_SCRIPT].strip())
    return {tag: "\n\n".join(found) for tag, found in texts.items() if found}
