"""One package: its files, in memory, with manifest and checksums."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from channels.broadcast.names import kind_of, package_name
from channels.broadcast.programme import Programme
from channels.broadcast.properties import event_properties, instant
from channels.broadcast.stations import Station
from warnbroker.model.publication import Publication
from warnbroker.model.standing import Standing

MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
FORMAT = "warnbroker-broadcast/1"

# The same words give the same text files; another release of the voice gives other sound.
_SOUND = ".wav"


@dataclass(frozen=True, slots=True)
class Package:
    """A package by its name; ``files`` stand in the order they are written in, checksums last."""

    name: str
    files: Mapping[str, bytes]

    @property
    def manifest_sha256(self) -> str:
        """Return the digest by which a station names this package in its answers."""
        return sha256(self.files[MANIFEST])


@dataclass(frozen=True, slots=True)
class Content:
    """What goes into a station's package.

    ``supersedes`` are the packages the station got before for the alerts this one replaces;
    ``in_area`` is false for a station that was told before and is no longer concerned.
    """

    programmes: tuple[Programme, ...]
    supersedes: tuple[str, ...] = ()
    in_area: bool = True


def sha256(data: bytes) -> str:
    """Return the digest in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def packed(publication: Publication, station: Station, content: Content) -> Package:
    """Build a station's package; a function of its arguments and the sound files alone.

    Raises:
        OSError: a sound file cannot be read.
    """
    name = package_name(publication)
    files = {"alert.cap.xml": publication.cap}
    for programme in content.programmes:
        files |= _programme_files(programme)
    properties = event_properties(publication, name, content.programmes)
    files["event.properties"] = properties.encode()
    manifest = _manifest(publication, station, content, files)
    files[MANIFEST] = json.dumps(manifest, ensure_ascii=False, indent=2).encode() + b"\n"
    files[CHECKSUMS] = "".join(f"{sha256(files[f])}  {f}\n" for f in sorted(files)).encode()
    return Package(name, files)


def same_facts(one: bytes, other: bytes) -> bool:
    """Tell whether two manifests are of the same package, whatever voice speaks in it."""
    return _facts(one) == _facts(other)


def _programme_files(programme: Programme) -> dict[str, bytes]:
    files = {
        programme.crawl_file: programme.crawl.encode(),
        programme.script_file: programme.script.encode(),
    }
    if programme.track.path:
        files[programme.audio_file] = programme.track.path.read_bytes()
    return files


def _manifest(
    publication: Publication, station: Station, content: Content, files: Mapping[str, bytes]
) -> dict[str, object]:
    alert, level = publication.alert, publication.level
    return {
        "format": FORMAT,
        "package": package_name(publication),
        "kind": kind_of(publication),
        "in_area": content.in_area,
        "supersedes": list(content.supersedes),
        "supersedes_alerts": list(publication.supersedes),
        "alert": publication.id,
        "warning": publication.warning_id,
        "identifier": alert.identifier,
        "sender": alert.sender,
        "sent": instant(alert.sent),
        "status": str(alert.status),
        "drill": Standing.of(alert).is_drill,
        "scope": str(alert.scope),
        "expires": instant(publication.expires),
        "station": {"id": station.id, "kind": str(station.kind), "names": station.names},
        "level": {
            "code": level.code,
            "rank": level.rank,
            "numeral": level.numeral,
            "colour": level.colour,
            "names": dict(level.names),
        },
        "languages": [_language(programme) for programme in content.programmes],
        "files": [
            {"name": name, "size": len(data), "sha256": sha256(data)}
            for name, data in sorted(files.items())
        ],
    }


def _language(programme: Programme) -> dict[str, object]:
    track = programme.track
    entry: dict[str, object] = {
        "language": programme.language,
        "crawl": programme.crawl_file,
        "crawl_complete": programme.complete,
        "script": programme.script_file,
        "audio": programme.audio_file or None,
    }
    if not track.path:
        return entry | {"no_audio_because": track.missing}
    return entry | {"voice": track.voice, "audio_seconds": track.duration_s}


def _facts(manifest: bytes) -> object:
    try:
        stated = json.loads(manifest)
        files = [entry for entry in stated["files"] if not entry["name"].endswith(_SOUND)]
        told = ("alert", "kind", "in_area", "station", "level", "expires")
        # The properties name the sound files, so they differ with them.
        kept = [entry for entry in files if entry["name"] != "event.properties"]
        return [stated[key] for key in told], kept
    except (ValueError, KeyError, TypeError):
        return manifest
