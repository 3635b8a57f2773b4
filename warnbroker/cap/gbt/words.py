"""The fixed tables: colours, statuses, certainties, channels, categories, times, identifiers."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from warnbroker.cap.gbt.faults import refusal
from warnbroker.model.enums import Category, Certainty, Severity

BEIJING = timezone(timedelta(hours=8))
EVENT_CODE = "GB/T 35965"
"""The ``valueName`` of the eventCode that carries a GB/T event type."""

COLOUR = "severityColor"
"""The parameter that carries the colour; the scale of levels reads it."""

SEVERITIES: Mapping[str, Severity] = {
    "Red": Severity.EXTREME,
    "Orange": Severity.SEVERE,
    "Yellow": Severity.MODERATE,
    "Blue": Severity.MINOR,
    "Unknown": Severity.UNKNOWN,
}
COLOURS: Mapping[Severity, str] = {severity: name for name, severity in SEVERITIES.items()}
CHINESE: Mapping[str, str] = {"Red": "红色", "Orange": "橙色", "Yellow": "黄色", "Blue": "蓝色"}

CERTAINTIES: Mapping[str, Certainty] = {
    "Observed": Certainty.OBSERVED,
    "VeryLikely": Certainty.LIKELY,
    "Likely": Certainty.LIKELY,
    "Unlikely": Certainty.UNLIKELY,
    "Unknown": Certainty.UNKNOWN,
}

CHANNELS: Mapping[str, str] = {
    "SMS": "sms",
    "PHONE": "voice",
    "EMAIL": "email",
    "WEB": "feed",
    "BROADCAST": "broadcast",
    "RADIO": "broadcast",
    "TV": "broadcast",
    "SPEAKER": "van",
}
"""Our channel for each method; a method that is missing here has none."""

METHODS: Mapping[str, str] = {
    "sms": "SMS",
    "voice": "PHONE",
    "email": "EMAIL",
    "feed": "WEB",
    "broadcast": "BROADCAST",
    "van": "SPEAKER",
}
USUAL_METHODS = ("SMS", "SPEAKER", "BROADCAST", "WEB")
"""What is written for an alert that names no channel."""

# Leading characters of event codes, as implementers use them; the longest that fits counts.
CATEGORIES: Mapping[str, Category] = {
    "11A": Category.MET,
    "11B": Category.MET,
    "11C": Category.GEO,
    "11D": Category.GEO,
    "11E": Category.MET,
    "11F": Category.ENV,
    "11G": Category.FIRE,
    "12": Category.SAFETY,
    "13": Category.HEALTH,
    "14": Category.SECURITY,
    "2": Category.SAFETY,
    "3": Category.HEALTH,
    "4": Category.SECURITY,
}

EXERCISE = "演练："
"""Begins the note of an exercise that goes as Test."""

CANCEL_VERB, ISSUE_VERB = "解除", "发布"
HEADLINE = re.compile(
    r"(?P<sender>.*?)(?P<verb>发布|解除|更新|变更)(?P<event>.+?)(?P<colour>红色|橙色|黄色|蓝色)?预警"
)
IDENTIFIER = re.compile(r"(?P<issuer>[0-9]{14})_(?P<time>[0-9]{14})(_[0-9]{1,2})?", re.ASCII)
EVENT_TYPE = re.compile(r"[1-4][0-9A-Z]{4}")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}:[0-9]{2}) ?([+-][0-9]{2}:[0-9]{2})"
)


def read_moment(text: str, path: str) -> datetime:
    """Read ``YYYY-MM-DD hh:mm:ss+08:00``.

    Raises:
        AlertError: it is no such time.
    """
    found = _TIME.fullmatch(text)
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3]}") if found else None
        if moment is not None:
            moment.astimezone(BEIJING)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise refusal("gbt.time.form", path, text)
    return moment


def write_moment(moment: datetime | None) -> str:
    """Write an instant in Beijing time, nothing for none."""
    if moment is None:
        return ""
    return moment.astimezone(BEIJING).replace(microsecond=0).isoformat(sep=" ")


def identifier_time(identifier: str) -> datetime:
    """Return the Beijing time in an identifier.

    Raises:
        AlertError: it is no identifier.
    """
    found = IDENTIFIER.fullmatch(identifier)
    try:
        moment = datetime.strptime(found["time"] if found else "", "%Y%m%d%H%M%S")
    except ValueError:
        raise refusal("gbt.identifier.form", "alert/identifier", identifier) from None
    return moment.replace(tzinfo=BEIJING)


def write_identifier(issuer: str, sent: datetime, serial: int | None = None) -> str:
    """Return ``issuer_YYYYMMDDhhmmss``, with ``_N`` where there is a serial."""
    stamp = f"{issuer}_{sent.astimezone(BEIJING):%Y%m%d%H%M%S}"
    return stamp if serial is None else f"{stamp}_{serial}"


def category_of(code: str) -> Category:
    """Return the category of an event code."""
    fits = [prefix for prefix in CATEGORIES if code.startswith(prefix)]
    return CATEGORIES[max(fits, key=len)] if fits else Category.OTHER


def headline(sender: str, event: str, colour: str, *, cancel: bool) -> str:
    """Return the headline that GB/T prescribes."""
    verb = CANCEL_VERB if cancel else ISSUE_VERB
    return f"{sender}{verb}{event}{CHINESE.get(colour, '')}预警"
