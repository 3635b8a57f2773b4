"""Rules of the ``<alert>`` element (CAP 1.2, 3.2.1)."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from warnbroker.cap.document import quote
from warnbroker.cap.rules.rule import Finding, Rule
from warnbroker.model.alert import Alert, Reference
from warnbroker.model.enums import MsgType, Scope

CLOCK_SKEW = timedelta(minutes=15)
"""How far in the future ``sent`` may lie, for clocks that differ."""

MAX_INFOS = 200

_SOURCE = "CAP 1.2, 3.2.1"
_FORBIDDEN = re.compile(r"[\s,<&]")


def identifier_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require an identifier."""
    if not alert.identifier:
        yield "identifier", "identifier is empty; give each message its own"


def identifier_characters(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse characters that would break references."""
    if _FORBIDDEN.search(alert.identifier):
        shown = quote(alert.identifier)
        yield "identifier", f"identifier {shown} must not hold spaces, commas, < or &"


def sender_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require a sender."""
    if not alert.sender:
        yield "sender", "sender is empty; name the issuer, normally by an Internet domain"


def sender_characters(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse characters that would break references."""
    if _FORBIDDEN.search(alert.sender):
        yield "sender", f"sender {quote(alert.sender)} must not hold spaces, commas, < or &"


def sent_not_in_future(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse an alert from the future: its clock or its offset is wrong."""
    if alert.sent > now + CLOCK_SKEW:
        yield "sent", "sent lies more than 15 minutes in the future; correct the time or the offset"


def restriction_needs_scope(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Allow a restriction with the scope Restricted only."""
    if alert.restriction and alert.scope is not Scope.RESTRICTED:
        text = f"restriction goes with scope Restricted only, not {alert.scope}; remove it"
        yield "restriction", text


def restricted_needs_restriction(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require the rule that limits a restricted alert."""
    if alert.scope is Scope.RESTRICTED and not alert.restriction:
        yield "restriction", "restriction is missing; scope Restricted needs it"


def private_needs_addresses(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require the list that a private alert is meant for."""
    if alert.scope is Scope.PRIVATE and not alert.addresses:
        yield "addresses", "addresses is missing; scope Private needs it"


def references_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require what an Update, Cancel, Ack or Error speaks of."""
    if alert.msg_type is not MsgType.ALERT and not alert.references:
        text = f"references is missing; msgType {alert.msg_type} must name the messages it is about"
        yield "references", text


def references_not_itself(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse a message that references itself."""
    if (alert.sender, alert.identifier) in {_key(reference) for reference in alert.references}:
        yield "references", "the message references itself; name the earlier message instead"


def references_are_earlier(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of references to messages that were sent later."""
    for reference in alert.references:
        if reference.sent > alert.sent:
            yield "references", f"{quote(reference.identifier)} was sent later than this message"


def references_differ(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a message that is referenced twice."""
    if len({_key(reference) for reference in alert.references}) < len(alert.references):
        yield "references", "a message is referenced twice; name each once"


def info_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require something to tell in an Alert or Update."""
    if alert.msg_type in {MsgType.ALERT, MsgType.UPDATE} and not alert.infos:
        yield "info", f"info is missing; msgType {alert.msg_type} needs at least one"


def info_count(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Bound the work that one message can cause."""
    if len(alert.infos) > MAX_INFOS:
        yield "info", f"there are {len(alert.infos)} infos; send at most {MAX_INFOS} in one message"


def _key(reference: Reference) -> tuple[str, str]:
    return reference.sender, reference.identifier


RULES = (
    Rule("cap.alert.identifier.empty", identifier_present, _SOURCE),
    Rule("cap.alert.identifier.characters", identifier_characters, _SOURCE),
    Rule("cap.alert.sender.empty", sender_present, _SOURCE),
    Rule("cap.alert.sender.characters", sender_characters, _SOURCE),
    Rule("cap.alert.sent.future", sent_not_in_future, "warnbroker; clocks may differ"),
    Rule("cap.alert.restriction.scope", restriction_needs_scope, _SOURCE),
    Rule("cap.alert.restriction.required", restricted_needs_restriction, _SOURCE),
    Rule("cap.alert.addresses.required", private_needs_addresses, _SOURCE),
    Rule("cap.alert.references.required", references_present, _SOURCE),
    Rule("cap.alert.references.self", references_not_itself, _SOURCE),
    Rule("cap.alert.references.later", references_are_earlier, _SOURCE, "warning"),
    Rule("cap.alert.references.repeated", references_differ, _SOURCE, "warning"),
    Rule("cap.alert.info.required", info_present, "IPAWS, CAP-CP and CAP-AU profiles"),
    Rule("cap.alert.info.count", info_count, "warnbroker; bounds the work of one message"),
)
