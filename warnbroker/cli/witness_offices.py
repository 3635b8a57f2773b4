"""Were the offices told? Judged from outside: the settings, the CAP file, and the journal."""

import json
from collections.abc import Iterator
from pathlib import Path

import shapely
from lxml import etree
from shapely.geometry.base import BaseGeometry

from warnbroker.cli.witness import CAP, KIND, Finding, area_of
from warnbroker.settings import Settings
from warnbroker.simulator.journal import read_journal

ADDRESS = {"sms": "phone", "voice": "voice", "email": "email"}
NEAR_DEGREES = 1e-4


def contacts(settings: Settings) -> frozenset[str]:
    """Return every address of everybody on duty."""
    return frozenset(address for code in settings.authorities for address in _of(settings, code))


def judge_offices(settings: Settings, cap: bytes, level: str, journal: Path) -> Finding:
    """Compare whom an alert should have been notified to with what the journal holds."""
    everybody = contacts(settings)
    entries = list(read_journal(journal))
    told = {str(e["to"]) for e in entries if e.get("accepted") and e["kind"] in KIND.values()}
    refused = {str(e["to"]) for e in entries if e["kind"] == "refused"}
    wanted = {a for code in _concerned(settings, cap, level) for a in _of(settings, code)}
    return Finding(frozenset(wanted), everybody & told, everybody & refused)


def _of(settings: Settings, code: str) -> Iterator[str]:
    there = [ADDRESS[name] for name in ADDRESS if settings.channels[name].get("enabled", True)]
    for contact in settings.authorities[code].contacts:
        yield from filter(None, (getattr(contact, kind) for kind in there))


def _concerned(settings: Settings, cap: bytes, level: str) -> Iterator[str]:
    alert = etree.fromstring(cap)
    if (alert.findtext(f"{CAP}status"), alert.findtext(f"{CAP}scope")) != ("Actual", "Public"):
        return
    own = _own(settings, alert.findtext(f"{CAP}sender") or "")
    line = list(_line(settings, own))
    neighbours = [code for code in _touched(settings, area_of(cap)) if code not in line]
    yield from neighbours
    yield from line[1:2] if neighbours else ()
    events = {element.text for element in alert.iter(f"{CAP}event", f"{CAP}value")}
    for code, hazard in settings.hazards.items():
        if events & {code, *hazard.names.values()}:
            yield from (found for found in hazard.notify.get(level, ()) if found != own)


def _own(settings: Settings, sender: str) -> str:
    holders = (code for code, found in settings.authorities.items() if sender in found.senders)
    return next(holders, settings.municipality.authority)


def _line(settings: Settings, code: str) -> Iterator[str]:
    """Yield an authority and those above it."""
    while code in settings.authorities:
        yield code
        code = settings.authorities[code].above


def _touched(settings: Settings, area: BaseGeometry) -> Iterator[str]:
    features = json.loads((settings.regions.file or Path()).read_text("utf-8"))["features"]
    near = {
        feature["properties"]["code"]
        for feature in features
        if shapely.geometry.shape(feature["geometry"]).distance(area) <= NEAR_DEGREES
    }
    for code, authority in settings.authorities.items():
        if near & set(authority.regions):
            yield code
