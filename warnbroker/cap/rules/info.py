"""Rules of the ``<info>`` element (CAP 1.2, 3.2.2), but for its times and its texts."""

import re
from collections.abc import Iterator
from datetime import datetime

from warnbroker.cap.document import quote
from warnbroker.cap.rules.rule import WARNING, Finding, Rule, areas, at, infos
from warnbroker.model.alert import Alert, Area
from warnbroker.model.enums import Certainty, MsgType, ResponseType, Severity, Urgency
from warnbroker.model.standing import Standing

_SOURCE = "CAP 1.2, 3.2.2"
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
# RFC 3986 with the characters of RFC 3987, but without user names, which mislead people.
_WEB_ADDRESS = re.compile(
    r"https?://([\w.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"
    r"([/?]([^\s<>\"{}|\\^`\[\]%#]|%[0-9a-f]{2})*)?(#([^\s<>\"{}|\\^`\[\]%#]|%[0-9a-f]{2})*)?",
    re.IGNORECASE,
)
_ACRONYMS = frozenset({"SAME", "FIPS", "FIPS6", "UGC", "ZIP", "NUTS", "NUTS2", "NUTS3", "VTEC"})
_DOTTED = re.compile(r"(?:[A-Za-z]\.){2,}[A-Za-z]?")
_NO_ACTION = frozenset({ResponseType.NONE, ResponseType.ASSESS, ResponseType.ALL_CLEAR})


def is_web_address(uri: str) -> bool:
    """Say whether a URI is absolute, of the web, and so safe to offer as a link."""
    return _WEB_ADDRESS.fullmatch(uri) is not None


def language_form(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a language tag."""
    for path, info in infos(alert):
        if not _LANGUAGE.fullmatch(info.language):
            yield at(f"{path}/language", shown=quote(info.language))


def category_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a category; an alert that a program built may lack it."""
    for path, info in infos(alert):
        if not info.categories:
            yield at(f"{path}/category")


def event_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require the name of the event."""
    for path, info in infos(alert):
        if not info.event.strip():
            yield at(f"{path}/event")


def response_instructed(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an order to act that no text explains."""
    for path, info in infos(alert):
        asked = [kind for kind in info.response_types if kind not in _NO_ACTION]
        if asked and not info.instruction:
            yield at(f"{path}/responseType", kind=asked[0])


def urgency_known(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an unknown urgency."""
    for path, info in infos(alert):
        if info.urgency is Urgency.UNKNOWN:
            yield at(f"{path}/urgency")


def severity_known(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an unknown severity."""
    for path, info in infos(alert):
        if info.severity is Severity.UNKNOWN:
            yield at(f"{path}/severity")


def certainty_known(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an unknown certainty."""
    for path, info in infos(alert):
        if info.certainty is Certainty.UNKNOWN:
            yield at(f"{path}/certainty")


def event_code_pairs(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require both halves of each event code."""
    for path, info in infos(alert):
        for index, pair in enumerate(info.event_codes):
            if not pair.name or not pair.value:
                yield at(f"{path}/eventCode[{index}]")


def parameter_names(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require the name of each parameter; its value may be empty."""
    for path, info in infos(alert):
        for index, pair in enumerate(info.parameters):
            if not pair.name:
                yield at(f"{path}/parameter[{index}]")


def acronyms_in_capitals(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an acronym that programs will not find: in small letters, or with dots."""
    for path, name in _value_names(alert):
        plain = name.replace(".", "").upper()
        if _DOTTED.fullmatch(name) or (plain in _ACRONYMS and name != plain):
            yield at(path, shown=quote(name), better=plain)


def web_absolute(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a whole web address."""
    for path, info in infos(alert):
        if info.web and not is_web_address(info.web):
            yield at(f"{path}/web", shown=quote(info.web))


def area_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a place for each info of an Alert or Update that is not for a list or an office."""
    to_all = Standing.of(alert).is_for_all
    if alert.msg_type not in {MsgType.ALERT, MsgType.UPDATE} or not to_all:
        return
    for path, info in infos(alert):
        if not any(_has_place(area) for area in info.areas):
            yield at(f"{path}/area")


def _has_place(area: Area) -> bool:
    return bool(area.polygons or area.circles or area.geocodes)


def _value_names(alert: Alert) -> Iterator[tuple[str, str]]:
    """Yield each valueName with the path of its pair."""
    for path, info in infos(alert):
        for element, pairs in (("eventCode", info.event_codes), ("parameter", info.parameters)):
            for index, pair in enumerate(pairs):
                yield f"{path}/{element}[{index}]", pair.name
    for path, area in areas(alert):
        for index, pair in enumerate(area.geocodes):
            yield f"{path}/geocode[{index}]", pair.name


RULES = (
    Rule(
        "cap.info.language.form",
        language_form,
        f"{_SOURCE} language; RFC 3066",
        "{shown} is no language tag; write such as zh-CN or en-US",
        "{shown} 不是语言标签；应写作 zh-CN、en-US 等",
    ),
    Rule(
        "cap.info.category.required",
        category_present,
        f"{_SOURCE} category",
        "category is missing; name at least one",
        "缺少 category；至少须填写一个类别",
    ),
    Rule(
        "cap.info.event.empty",
        event_present,
        f"{_SOURCE} event",
        "event is empty; name the hazard",
        "event 为空；须写明事件名称",
    ),
    Rule(
        "cap.info.response_type.instruction",
        response_instructed,
        f"{_SOURCE} responseType",
        "responseType is {kind}, but there is no instruction; tell people how",
        "responseType 为 {kind}，却没有 instruction；请告知公众具体做法",
        WARNING,
        needs=("instruction",),
    ),
    Rule(
        "cap.info.urgency.unknown",
        urgency_known,
        f"{_SOURCE} urgency",
        "urgency Unknown helps nobody; state it",
        "不宜将 urgency 写作 Unknown；请明确紧急程度",
        WARNING,
    ),
    Rule(
        "cap.info.severity.unknown",
        severity_known,
        f"{_SOURCE} severity",
        "severity Unknown helps nobody; state it",
        "不宜将 severity 写作 Unknown；请明确严重程度",
        WARNING,
    ),
    Rule(
        "cap.info.certainty.unknown",
        certainty_known,
        f"{_SOURCE} certainty",
        "certainty Unknown helps nobody; state it",
        "不宜将 certainty 写作 Unknown；请明确发生的可能性",
        WARNING,
    ),
    Rule(
        "cap.info.event_code.pair",
        event_code_pairs,
        f"{_SOURCE} eventCode",
        "give both valueName and value, or remove it",
        "valueName 与 value 须同时填写，否则请删除该项",
    ),
    Rule(
        "cap.info.parameter.name",
        parameter_names,
        f"{_SOURCE} parameter",
        "valueName is empty; name the parameter",
        "valueName 为空；须写明参数名称",
    ),
    Rule(
        "cap.info.value_name.acronym",
        acronyms_in_capitals,
        f"{_SOURCE} eventCode, parameter; 3.2.4 geocode",
        "valueName {shown} is an acronym; write {better}, in capitals and without dots",
        "valueName {shown} 为缩写词；应用大写且不加点号，写作 {better}",
        WARNING,
    ),
    Rule(
        "cap.info.web.absolute",
        web_absolute,
        f"{_SOURCE} web",
        "{shown} is no whole web address; write such as https://example.org/x",
        "{shown} 不是完整的网址；应写作 https://example.org/x 的形式",
    ),
    Rule(
        "cap.info.area.required",
        area_present,
        "Google CAP profile; nobody is warned nowhere",
        "no area has a polygon, circle or geocode; say where",
        "没有任何 area 含有多边形、圆形或地理编码；须说明地点",
        needs=("msgType", "scope"),
    ),
)
