"""``event.properties``: the facts as key=value lines, for encoders that read no XML."""

from collections.abc import Mapping
from datetime import UTC, datetime

from channels.broadcast.names import kind_of
from channels.broadcast.programme import Programme
from warnbroker.model.alert import Info
from warnbroker.model.drill import with_mark
from warnbroker.model.publication import Publication
from warnbroker.model.standing import Standing

_TONES = frozenset({"SAME", "EAS"})
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}


def instant(moment: datetime | None) -> str:
    """Write an instant in UTC as RFC 3339 does, or nothing."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def event_properties(
    publication: Publication, package: str, programmes: tuple[Programme, ...]
) -> str:
    """Return the file's text; keys that have nothing to say are left out."""
    alert = publication.alert
    pairs = {
        "package": package,
        "alert_id": publication.id,
        "identifier": alert.identifier,
        "sender": alert.sender,
        "sent": instant(alert.sent),
        "status": str(alert.status),
        "drill": "yes" if Standing.of(alert).is_drill else "",
        "msg_type": str(alert.msg_type),
        "kind": kind_of(publication),
        "supersedes": ",".join(publication.supersedes),
        "expires": instant(publication.expires),
        "level": publication.level.code,
        "level_numeral": publication.level.numeral,
        "level_colour": publication.level.colour,
        "priority": str(publication.level.rank),
        "languages": ",".join(programme.language for programme in programmes),
        **_event(publication),
    }
    for programme in programmes:
        pairs |= _programme(publication, programme)
    return written(pairs)


def written(pairs: Mapping[str, str]) -> str:
    """Write key=value lines by the rules of ``java.util.Properties``, in UTF-8.

    A value stays on its line: line breaks, control characters, backslashes and a blank in
    front are escaped.
    """
    return "".join(f"{key}={_value(text)}\n" for key, text in pairs.items() if text)


def _value(text: str) -> str:
    escaped = "".join(map(_escaped, text))
    return "\\" + escaped if escaped.startswith(" ") else escaped


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    return char if char.isprintable() or ord(char) > 0xFFFF else f"\\u{ord(char):04x}"


def _event(publication: Publication) -> dict[str, str]:
    info = next((info for group in publication.groups for info in group.infos), None)
    if info is None:
        return {}
    # An encoder may turn a code of these into tones; those of a drill would wake a country.
    silent = _TONES if Standing.of(publication.alert).is_drill else frozenset()
    codes = {
        f"event_code.{_key(code.name)}": code.value
        for code in info.event_codes
        if code.name.upper() not in silent
    }
    return {
        "category": ",".join(map(str, info.categories)),
        "severity": str(info.severity),
        "urgency": str(info.urgency),
        "certainty": str(info.certainty),
        "onset": instant(info.onset),
        **codes,
    }


def _programme(publication: Publication, programme: Programme) -> dict[str, str]:
    language = programme.language
    infos = (info for group in publication.groups for info in group.infos)
    info = next((info for info in infos if info.language == language), None)
    pairs = {
        "crawl_file": programme.crawl_file,
        "script_file": programme.script_file,
        "audio_file": programme.audio_file,
        "audio_seconds": f"{programme.track.duration_s:.1f}" if programme.audio_file else "",
        "level_name": publication.level.name(language),
        **(_worded(info, is_drill=Standing.of(publication.alert).is_drill) if info else {}),
        "crawl": programme.crawl,
    }
    return {f"{key}.{programme.tag}": text for key, text in pairs.items()}


def _worded(info: Info, *, is_drill: bool) -> dict[str, str]:
    event, headline = info.event, info.headline
    if is_drill:
        event, headline = (with_mark(text, info.language) for text in (event, headline))
    return {
        "sender_name": info.sender_name,
        "event": event,
        "headline": headline,
        "area": "; ".join(area.area_desc for area in info.areas),
        "contact": info.contact,
        "web": info.web,
    }


def _key(name: str) -> str:
    return "".join(char if char.isascii() and char.isalnum() else "_" for char in name)
