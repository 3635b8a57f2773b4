"""What an alert says to one reader: each of its events once, in the best language there is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from warnbroker.model.alert import Info
from warnbroker.render.languages import nearest


@dataclass(frozen=True, slots=True)
class Section:
    """One event of an alert in one language; texts are paragraphs."""

    language: str
    event: str
    headline: str
    description: tuple[str, ...]
    instruction: tuple[str, ...]
    place: str
    sender: str
    contact: str
    web: str
    onset: datetime | None
    expires: datetime | None
    urgency: str
    severity: str
    certainty: str


def sections(
    infos: Sequence[Info], wanted: Sequence[str], fallbacks: Sequence[str]
) -> tuple[Section, ...]:
    """Return the sections for a reader who names languages in order of liking.

    Every event is shown, in a fallback language if need be: silence is worse.
    """
    events: dict[object, list[Info]] = {}
    for info in infos:
        events.setdefault(_sameness(info), []).append(info)
    return tuple(
        _section(info) for event in events.values() for info in _best(event, wanted, fallbacks)
    )


def languages(infos: Iterable[Info]) -> tuple[str, ...]:
    """Return the languages that an alert speaks, in its own order."""
    return tuple(dict.fromkeys(info.language for info in infos))


def _sameness(info: Info) -> object:
    """Return what infos share that say the same in several languages."""
    shapes = tuple((area.polygons, area.circles, area.geocodes) for area in info.areas)
    grade = (info.urgency, info.severity, info.certainty)
    return grade, info.event_codes, info.effective, info.onset, info.expires, shapes


def _best(event: list[Info], wanted: Sequence[str], fallbacks: Sequence[str]) -> list[Info]:
    spoken = languages(event)
    choices = (*wanted, *fallbacks)
    language = nearest(spoken, choices[0], choices[1:]) if choices else None
    return [info for info in event if info.language == (language or spoken[0])]


def _section(info: Info) -> Section:
    return Section(
        language=info.language,
        event=info.event,
        headline=info.headline or info.event,
        description=_paragraphs(info.description),
        instruction=_paragraphs(info.instruction),
        place="; ".join(dict.fromkeys(area.area_desc for area in info.areas)),
        sender=info.sender_name,
        contact=info.contact,
        web=_safe_link(info.web),
        onset=info.onset,
        expires=info.expires,
        urgency=info.urgency,
        severity=info.severity,
        certainty=info.certainty,
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _safe_link(link: str) -> str:
    """Return a link that a browser may follow, empty for any other (``javascript:``)."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return link if parts.scheme in {"http", "https"} and parts.netloc else ""
