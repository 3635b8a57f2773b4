"""Rules of the ``<info>`` element (CAP 1.2, 3.2.2)."""

import re
from collections.abc import Iterator
from datetime import datetime

from warnbroker.cap.document import quote
from warnbroker.cap.rules.rule import Finding, Rule, areas, infos
from warnbroker.model.alert import Alert, Area
from warnbroker.model.enums import MsgType

_SOURCE = "CAP 1.2, 3.2.2"
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
# RFC 3986 with the characters of RFC 3987, but without user names, which mislead people.
_WEB_ADDRESS = re.compile(
    r"https?://([\w.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"
    r"([/?]([^\s<>\"{}|\\^`\[\]%#]|%[0-9a-f]{2})*)?(#([^\s<>\"{}|\\^`\[\]%#]|%[0-9a-f]{2})*)?",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<[A-Za-z/!][^<>]*>|&(?:[A-Za-z]{2,8}|#[0-9]{1,6});")


def is_web_address(uri: str) -> bool:
    """Say whether a URI is absolute, of the web, and so safe to offer as a link."""
    return _WEB_ADDRESS.fullmatch(uri) is not None


def language_form(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a language tag."""
    for path, info in infos(alert):
        if not _LANGUAGE.fullmatch(info.language):
            text = f"{quote(info.language)} is no language tag; write such as zh-CN or en-US"
            yield f"{path}/language", text


def category_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a category; an alert that a program built may lack it."""
    for path, info in infos(alert):
        if not info.categories:
            yield f"{path}/category", "category is missing; name at least one"


def event_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require the name of the event."""
    for path, info in infos(alert):
        if not info.event.strip():
            yield f"{path}/event", "event is empty; name the hazard"


def event_code_pairs(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require both halves of each event code."""
    for path, info in infos(alert):
        for index, pair in enumerate(info.event_codes):
            if not pair.name or not pair.value:
                yield f"{path}/eventCode[{index}]", "give both valueName and value, or remove it"


def parameter_names(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require the name of each parameter; its value may be empty."""
    for path, info in infos(alert):
        for index, pair in enumerate(info.parameters):
            if not pair.name:
                yield f"{path}/parameter[{index}]", "valueName is empty; name the parameter"


def expires_after_sent(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse an alert that is over before it is sent."""
    for path, info in infos(alert):
        if info.expires is not None and info.expires <= alert.sent:
            yield f"{path}/expires", "expires must be later than sent"


def expires_in_future(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse an alert that is already over: nothing of it would be delivered."""
    for path, info in infos(alert):
        if info.expires is not None and info.expires <= now:
            yield f"{path}/expires", "expires is already past; set a later time or do not send it"


def effective_before_expires(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an info that never comes into effect."""
    for path, info in infos(alert):
        if info.effective and info.expires and info.effective > info.expires:
            yield f"{path}/effective", "effective is later than expires"


def effective_before_onset(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an event that begins before its info is in effect."""
    for path, info in infos(alert):
        if info.effective and info.onset and info.effective > info.onset:
            yield f"{path}/effective", "effective is later than onset"


def onset_before_expires(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an info that is over before its event begins; some services do so on purpose."""
    for path, info in infos(alert):
        if info.onset and info.expires and info.onset > info.expires:
            yield f"{path}/onset", "onset is later than expires: the alert ends before its event"


def web_absolute(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a whole web address."""
    for path, info in infos(alert):
        if info.web and not is_web_address(info.web):
            text = f"{quote(info.web)} is no whole web address; write such as https://example.org/x"
            yield f"{path}/web", text


def area_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a place for each info of an Alert or Update."""
    if alert.msg_type not in {MsgType.ALERT, MsgType.UPDATE}:
        return
    for path, info in infos(alert):
        if not any(_has_place(area) for area in info.areas):
            yield f"{path}/area", "no area has a polygon, circle or geocode; say where"


def text_plain(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of HTML: people would read the tags."""
    texts = [
        (f"{path}/{name}", value)
        for path, info in infos(alert)
        for name, value in (
            ("event", info.event),
            ("headline", info.headline),
            ("description", info.description),
            ("instruction", info.instruction),
        )
    ]
    texts += [(f"{path}/areaDesc", area.area_desc) for path, area in areas(alert)]
    for path, value in texts:
        found = _MARKUP.search(value)
        if found:
            yield path, f"{quote(found[0])} looks like HTML; write plain text"


def _has_place(area: Area) -> bool:
    return bool(area.polygons or area.circles or area.geocodes)


RULES = (
    Rule("cap.info.language.form", language_form, _SOURCE),
    Rule("cap.info.category.required", category_present, _SOURCE),
    Rule("cap.info.event.empty", event_present, _SOURCE),
    Rule("cap.info.event_code.pair", event_code_pairs, _SOURCE),
    Rule("cap.info.parameter.name", parameter_names, _SOURCE),
    Rule("cap.info.expires.order", expires_after_sent, _SOURCE),
    Rule("cap.info.expires.past", expires_in_future, "warnbroker; stale is wrong"),
    Rule("cap.info.effective.after_expires", effective_before_expires, _SOURCE, "warning"),
    Rule("cap.info.effective.after_onset", effective_before_onset, _SOURCE, "warning"),
    Rule("cap.info.onset.after_expires", onset_before_expires, _SOURCE, "warning"),
    Rule("cap.info.web.absolute", web_absolute, _SOURCE),
    Rule("cap.info.area.required", area_present, "Google CAP profile; nobody is warned nowhere"),
    Rule("cap.info.text.markup", text_plain, _SOURCE, "warning"),
)
