"""An entry: everything a feed says about one alert, kept as JSON beside the CAP message."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache

from pydantic import TypeAdapter
from shapely import get_num_coordinates
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from warnbroker.model.alert import Info
from warnbroker.model.drill import with_mark
from warnbroker.model.message import MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.standing import Standing

# XML 1.0, production 2 (Char): everything else makes a feed unreadable, escaped or not.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# A feed is read by phones: an outline of more points is drawn to 0.0001 degrees, about 11 m.
_MANY_POINTS = 200
_TOLERANCE = 0.0001


@dataclass(frozen=True, slots=True)
class Text:
    """What an entry says in one language."""

    title: str
    summary: str
    level: str
    event: str = ""
    area: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One published alert.

    ``written`` is when it first reached the feeds; ``rank`` grades the level, 1 the
    gravest; ``polygons`` are in GeoRSS form; ``cap_digest`` is the SHA-256 of the CAP
    message, ``cap_size`` its length in bytes.
    """

    id: str
    warning_id: str
    identifier: str
    msg_type: str
    status: str
    level: str
    rank: int
    sent: datetime
    written: datetime
    expires: datetime
    regions: tuple[str, ...]
    supersedes: tuple[str, ...]
    texts: Mapping[str, Text]
    cap_digest: str
    cap_size: int
    urgency: str = ""
    severity: str = ""
    certainty: str = ""
    categories: tuple[str, ...] = ()
    polygons: tuple[str, ...] = ()

    def language(self, wanted: str, fallback: tuple[str, ...]) -> str:
        """Return the language to show: the wanted one, a near one, the first fallback there is."""
        near = [tag for tag in self.texts if primary(tag) == primary(wanted)]
        exact = [tag for tag in near if tag.lower() == wanted.lower()]
        others = [tag for want in fallback for tag in self.texts if primary(tag) == primary(want)]
        return (exact or near or others or list(self.texts))[0]


def entry_of(publication: Publication, written: datetime) -> Entry:
    """Write the entry of a publication."""
    alert = publication.alert
    infos = _infos(publication)
    grave = infos[0] if infos else None
    return Entry(
        id=publication.id,
        warning_id=publication.warning_id,
        identifier=clean(alert.identifier),
        msg_type=alert.msg_type,
        status=alert.status,
        level=publication.level.code,
        rank=publication.level.rank,
        sent=alert.sent,
        written=written.astimezone(UTC),
        expires=publication.expires.astimezone(UTC),
        regions=tuple(region.code for region in publication.regions),
        supersedes=publication.supersedes,
        texts=_texts(publication, infos),
        cap_digest=hashlib.sha256(publication.cap).hexdigest(),
        cap_size=len(publication.cap),
        urgency=grave.urgency if grave else "",
        severity=grave.severity if grave else "",
        certainty=grave.certainty if grave else "",
        categories=tuple(grave.categories) if grave else (),
        polygons=tuple(_rings(publication.area)),
    )


def clean(text: str) -> str:
    """Leave out the characters that XML cannot hold."""
    return _ILLEGAL.sub("", text)


@cache
def codec() -> TypeAdapter[Entry]:
    """Return what reads and writes entries as JSON."""
    return TypeAdapter(Entry)


def _infos(publication: Publication) -> tuple[Info, ...]:
    grouped = tuple(info for group in publication.groups for info in group.infos)
    return grouped or publication.alert.infos


def _texts(publication: Publication, infos: tuple[Info, ...]) -> dict[str, Text]:
    said = publication.languages + tuple(info.language for info in infos)
    languages = tuple(dict.fromkeys(said)) or ("en",)
    return {clean(language): _text(publication, infos, language) for language in languages}


def _text(publication: Publication, infos: tuple[Info, ...], language: str) -> Text:
    own = [info for info in infos if info.language == language] or list(infos)
    titles = _said(publication, language, "title").split("\n")
    summary = _said(publication, language, "summary") or "\n\n".join(map(_plain, own))
    events = dict.fromkeys(info.event for info in own)
    title = " · ".join(filter(None, map(str.strip, titles))) or _bare_title(publication, own)
    title, summary = clean(title), clean(summary) or clean(publication.alert.note) or clean(title)
    if Standing.of(publication.alert).is_drill:
        title, summary = with_mark(title, language), with_mark(summary, language)
    return Text(
        title=title,
        summary=summary,
        level=clean(publication.level.name(language)),
        event=clean(" · ".join(events)),
        area=clean(_areas(own)),
        sender=clean(own[0].sender_name) if own else "",
    )


def _bare_title(publication: Publication, infos: list[Info]) -> str:
    headlines = dict.fromkeys(info.headline or info.event for info in infos)
    return " · ".join(headlines) or f"{publication.alert.msg_type} {publication.alert.identifier}"


def _said(publication: Publication, language: str, part: str) -> str:
    """Return what the templates say, without what is only for those whom an Update leaves out."""
    told = tuple(m for m in publication.messages if m.kind != MessageKind.OUTSIDE)
    return replace(publication, messages=told or publication.messages).text(language, part)


def _plain(info: Info) -> str:
    return "\n".join(filter(None, (info.description, info.instruction)))


def _areas(infos: list[Info]) -> str:
    names = (area.area_desc for info in infos for area in info.areas)
    return "; ".join(dict.fromkeys(names))


def primary(tag: str) -> str:
    """Return the language of a tag, without script and region."""
    return tag.lower().partition("-")[0]


def _rings(geometry: BaseGeometry) -> Iterator[str]:
    """Write outer rings as GeoRSS-Simple does: latitude and longitude, space between."""
    if get_num_coordinates(geometry) > _MANY_POINTS:
        geometry = geometry.simplify(_TOLERANCE)
    for part in getattr(geometry, "geoms", (geometry,)):
        if isinstance(part, Polygon) and not part.is_empty:
            yield " ".join(f"{lat:.6f} {lon:.6f}" for lon, lat, *_ in part.exterior.coords)
