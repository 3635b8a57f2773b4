"""What the page of one list shows."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from warnbroker.cap import parse_xml
from warnbroker.model.alert import Info
from warnbroker.model.doorstep import Answer, Door, DoorList, Holder
from warnbroker.model.drill import mark_of
from warnbroker.model.record import AlertRecord
from warnbroker.model.region import Region
from warnbroker.render.languages import nearest
from warnbroker.web.reader import Reader
from warnbroker.web.site import Site


@dataclass(frozen=True, slots=True)
class OpenedList:
    """What a link opens."""

    found: DoorList
    record: AlertRecord
    holder: Holder | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a page answers to a form: the number that was ``saved``, or what was ``wrong``."""

    number: str = ""
    wrong: str = ""


async def facts(
    site: Site,
    reader: Reader,
    opened: OpenedList,
    doors: Sequence[Door],
    regions: Sequence[Region],
    said: Said,
) -> Mapping[str, object]:
    """Return what the template is given."""
    language, record = reader.texts.language, opened.record
    return {
        "refresh": 0,
        "info": await _info(site, record, language),
        "level": next((one for one in site.levels if one.code == record.level), None),
        "mark": mark_of(language) if record.standing.is_drill else "",
        "over": opened.found.ending(site.clock.now()),
        "waiting": [door for door in doors if door.is_open],
        "answered": [door for door in doors if not door.is_open],
        "answers": list(Answer),
        "saved": None if said.wrong else _door(doors, said.number),
        "wrong": said.wrong,
        "number": said.number,
        "place": {region.code: region.name(language) for region in regions},
    }


def _door(doors: Sequence[Door], number: str) -> Door | None:
    return next((door for door in doors if str(door.number) == number), None)


async def _info(site: Site, record: AlertRecord, language: str) -> Info | None:
    document = record.document
    alert = await asyncio.to_thread(parse_xml, document, limit=len(document) + 1)
    spoken = {info.language: info for info in reversed(alert.infos)}
    tag = nearest(spoken, language, site.languages)
    return spoken.get(tag or next(iter(spoken), ""))
