"""Rules of the ``<alert>`` element (CAP 1.2, 3.2.1), but for its references."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from warnbroker.cap.document import quote
from warnbroker.cap.rules.rule import WARNING, Finding, Rule, at
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType, Scope, Status

CLOCK_SKEW = timedelta(minutes=15)
"""How far in the future ``sent`` may lie, for clocks that differ."""

MAX_INFOS = 200

_SOURCE = "CAP 1.2, 3.2.1"
_FORBIDDEN = re.compile(r"[\s,<&]")
_OID = re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+(\..+)?", re.IGNORECASE)
_WMO = re.compile(r"(?:urn:oid:)?2\.49\.0\.([0-9]+)(?:\.|$)", re.IGNORECASE)
# A mailbox, a host, an OID, a URN or a web address: something that is somebody's alone.
_OWNED = re.compile(r"urn:.+|.*[\w-]\.[\w-].*", re.IGNORECASE)


def identifier_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require an identifier."""
    if not alert.identifier:
        yield at("identifier")


def identifier_characters(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse characters that would break references."""
    if _FORBIDDEN.search(alert.identifier):
        yield at("identifier", shown=quote(alert.identifier))


def identifier_oid(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an object identifier that is none, or that is of the WMO's wrong arc.

    Alerts stand under 2.49.0.1; arc 0 is that of alerting authorities themselves.
    """
    name = alert.identifier
    is_urn = name.lower().startswith("urn:oid:")
    arc = _WMO.match(name)
    if (is_urn and not _OID.fullmatch(name)) or (arc and arc[1] != "1"):
        yield at("identifier", shown=quote(name))


def sender_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a sender."""
    if not alert.sender:
        yield at("sender")


def sender_characters(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse characters that would break references."""
    if _FORBIDDEN.search(alert.sender):
        yield at("sender", shown=quote(alert.sender))


def sender_unique(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a sender that others in the world may be called too."""
    if alert.sender and not _OWNED.fullmatch(alert.sender):
        yield at("sender", shown=quote(alert.sender))


def sent_not_in_future(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse an alert from the future: its clock or its offset is wrong."""
    if alert.sent > now + CLOCK_SKEW:
        yield at("sent")


def exercise_has_note(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an exercise that does not say which."""
    if alert.status is Status.EXERCISE and not alert.note:
        yield at("note")


def error_has_note(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a rejection without its reason."""
    if alert.msg_type is MsgType.ERROR and not alert.note:
        yield at("note")


def restriction_needs_scope(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Allow a restriction with the scope Restricted only."""
    if alert.restriction and alert.scope is not Scope.RESTRICTED:
        yield at("restriction", scope=alert.scope)


def restricted_needs_restriction(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require the rule that limits a restricted alert."""
    if alert.scope is Scope.RESTRICTED and not alert.restriction:
        yield at("restriction")


def private_needs_addresses(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require the list that a private alert is meant for."""
    if alert.scope is Scope.PRIVATE and not alert.addresses:
        yield at("addresses")


def info_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require something to tell in an Alert or Update."""
    if alert.msg_type in {MsgType.ALERT, MsgType.UPDATE} and not alert.infos:
        yield at("info", kind=alert.msg_type)


def info_count(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Bound the work that one message can cause."""
    if len(alert.infos) > MAX_INFOS:
        yield at("info", count=len(alert.infos), most=MAX_INFOS)


RULES = (
    Rule(
        "cap.alert.identifier.empty",
        identifier_present,
        _SOURCE,
        "identifier is empty; give each message its own",
        "identifier 为空；每条消息须有唯一的标识符",
    ),
    Rule(
        "cap.alert.identifier.characters",
        identifier_characters,
        _SOURCE,
        "identifier {shown} must not hold spaces, commas, < or &",
        "identifier {shown} 不得含有空格、逗号、< 或 &",
    ),
    Rule(
        "cap.alert.identifier.oid",
        identifier_oid,
        "WMO guidelines on CAP identifiers; ITU-T X.660",
        "{shown} is no object identifier of an alert; write urn:oid:2.49.0.1.COUNTRY.…, "
        "with 1 as the fourth number",
        "{shown} 不是预警消息的对象标识符；应写作 urn:oid:2.49.0.1.国家代码.…，第四段须为 1",
        WARNING,
    ),
    Rule(
        "cap.alert.sender.empty",
        sender_present,
        _SOURCE,
        "sender is empty; name the issuer, normally by an Internet domain",
        "sender 为空；须注明发布单位，一般使用其互联网域名",
    ),
    Rule(
        "cap.alert.sender.characters",
        sender_characters,
        _SOURCE,
        "sender {shown} must not hold spaces, commas, < or &",
        "sender {shown} 不得含有空格、逗号、< 或 &",
    ),
    Rule(
        "cap.alert.sender.form",
        sender_unique,
        _SOURCE,
        "sender {shown} may not be unique in the world; write such as desk@city.example",
        "sender {shown} 未必全球唯一；建议采用 desk@city.example 之类基于域名的写法",
        WARNING,
    ),
    Rule(
        "cap.alert.sent.future",
        sent_not_in_future,
        "warnbroker; clocks may differ",
        "sent lies more than 15 minutes in the future; correct the time or the offset",
        "sent 晚于当前时间 15 分钟以上；请更正时间或时区偏移",
        at_issue=True,
    ),
    Rule(
        "cap.alert.note.exercise",
        exercise_has_note,
        _SOURCE,
        "note is missing; an Exercise should name the exercise there",
        "缺少 note；status 为 Exercise 时应在 note 中注明演练名称或编号",
        WARNING,
        needs=("status",),
    ),
    Rule(
        "cap.alert.note.error",
        error_has_note,
        _SOURCE,
        "note is missing; an Error should say there why the message was rejected",
        "缺少 note；msgType 为 Error 时应在 note 中说明拒收原因",
        WARNING,
        needs=("msgType",),
    ),
    Rule(
        "cap.alert.restriction.scope",
        restriction_needs_scope,
        _SOURCE,
        "restriction goes with scope Restricted only, not {scope}; remove it",
        "restriction 只能与 scope 为 Restricted 的消息同用，不能与 {scope} 同用；请删除",
        needs=("scope",),
    ),
    Rule(
        "cap.alert.restriction.required",
        restricted_needs_restriction,
        _SOURCE,
        "restriction is missing; scope Restricted needs it",
        "缺少 restriction；scope 为 Restricted 时必须填写",
        needs=("scope",),
    ),
    Rule(
        "cap.alert.addresses.required",
        private_needs_addresses,
        _SOURCE,
        "addresses is missing; scope Private needs it",
        "缺少 addresses；scope 为 Private 时必须列出接收方",
        needs=("scope",),
    ),
    Rule(
        "cap.alert.info.required",
        info_present,
        "IPAWS, CAP-CP and CAP-AU profiles",
        "info is missing; msgType {kind} needs at least one",
        "缺少 info；msgType 为 {kind} 时至少须有一个",
        needs=("msgType",),
    ),
    Rule(
        "cap.alert.info.count",
        info_count,
        "warnbroker; bounds the work of one message",
        "there are {count} infos; send at most {most} in one message",
        "共有 {count} 个 info；一条消息最多 {most} 个",
    ),
)
