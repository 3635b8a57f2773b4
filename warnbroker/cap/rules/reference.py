"""Rules of ``<references>`` (CAP 1.2, 3.2.1), as far as one message tells.

Whether the referenced messages are known, still in force, or already cancelled, only the
ledger knows: ``warnbroker.intake.lineage`` asks it.
"""

from collections.abc import Iterator
from datetime import datetime

from warnbroker.cap.document import quote
from warnbroker.cap.rules.rule import WARNING, Finding, Rule, at
from warnbroker.model.alert import Alert, Reference
from warnbroker.model.enums import MsgType

_SOURCE = "CAP 1.2, 3.2.1 references"


def present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Require what an Update, Cancel, Ack or Error speaks of."""
    if alert.msg_type is not MsgType.ALERT and not alert.references:
        yield at("references", kind=alert.msg_type)


def not_itself(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse a message that references itself."""
    if (alert.sender, alert.identifier) in {_key(reference) for reference in alert.references}:
        yield at("references")


def earlier(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of references to messages that were sent later."""
    for reference in alert.references:
        if reference.sent > alert.sent:
            yield at("references", shown=quote(reference.identifier))


def different(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of a message that is referenced twice."""
    if len({_key(reference) for reference in alert.references}) < len(alert.references):
        yield at("references")


def same_sender(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of changing what another sender said: it must have been delegated."""
    if alert.msg_type not in {MsgType.UPDATE, MsgType.CANCEL}:
        return
    for sender in dict.fromkeys(reference.sender for reference in alert.references):
        if sender != alert.sender:
            yield at("references", shown=quote(sender))


def _key(reference: Reference) -> tuple[str, str]:
    return reference.sender, reference.identifier


RULES = (
    Rule(
        "cap.alert.references.required",
        present,
        _SOURCE,
        "references is missing; msgType {kind} must name the messages it is about",
        "缺少 references；msgType 为 {kind} 时必须指明所针对的消息",
        needs=("msgType",),
    ),
    Rule(
        "cap.alert.references.self",
        not_itself,
        _SOURCE,
        "the message references itself; name the earlier message instead",
        "消息引用了自身；应引用先前的消息",
        needs=(
            "sender",
            "identifier",
        ),
    ),
    Rule(
        "cap.alert.references.later",
        earlier,
        _SOURCE,
        "{shown} was sent later than this message",
        "被引用的 {shown} 晚于本消息发出",
        WARNING,
        needs=("sent",),
    ),
    Rule(
        "cap.alert.references.repeated",
        different,
        _SOURCE,
        "a message is referenced twice; name each once",
        "同一消息被引用两次；每条消息只须引用一次",
        WARNING,
    ),
    Rule(
        "cap.alert.references.sender",
        same_sender,
        "CAP 1.2, 3.2.1 sender",
        "the referenced message is of another sender, {shown}; only a delegate may change it",
        "被引用的消息由另一发布单位 {shown} 发出；只有受其委托者方可变更",
        WARNING,
        needs=(
            "sender",
            "msgType",
        ),
    ),
)
