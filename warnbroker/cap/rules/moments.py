"""Rules of the times of an ``<info>`` (CAP 1.2, 3.2.2 effective, onset, expires)."""

from collections.abc import Iterator
from datetime import datetime

from warnbroker.cap.rules.rule import WARNING, Finding, Rule, at, infos
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType

_SOURCE = "CAP 1.2, 3.2.2"


def expires_present(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an Alert or Update that leaves its end to each receiver's policy."""
    if alert.msg_type in {MsgType.ALERT, MsgType.UPDATE}:
        for path, info in infos(alert):
            if info.expires is None:
                yield at(f"{path}/expires")


def expires_after_sent(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse an alert that is over before it is sent."""
    for path, info in infos(alert):
        if info.expires is not None and info.expires <= alert.sent:
            yield at(f"{path}/expires")


def expires_in_future(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse an alert that is already over: nothing of it would be delivered."""
    for path, info in infos(alert):
        if info.expires is not None and info.expires <= now:
            yield at(f"{path}/expires")


def effective_before_expires(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an info that never comes into effect."""
    for path, info in infos(alert):
        if info.effective and info.expires and info.effective > info.expires:
            yield at(f"{path}/effective")


def effective_before_onset(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an event that begins before its info is in effect."""
    for path, info in infos(alert):
        if info.effective and info.onset and info.effective > info.onset:
            yield at(f"{path}/effective")


def onset_before_expires(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Warn of an info that is over before its event begins; some services do so on purpose."""
    for path, info in infos(alert):
        if info.onset and info.expires and info.onset > info.expires:
            yield at(f"{path}/onset")


RULES = (
    Rule(
        "cap.info.expires.missing",
        expires_present,
        f"{_SOURCE} expires; required by most profiles",
        "expires is missing; say when the alert ends",
        "缺少 expires；请写明预警失效时间",
        WARNING,
        needs=("msgType",),
    ),
    Rule(
        "cap.info.expires.order",
        expires_after_sent,
        f"{_SOURCE} expires",
        "expires must be later than sent",
        "expires 必须晚于 sent",
        needs=("sent",),
    ),
    Rule(
        "cap.info.expires.past",
        expires_in_future,
        "warnbroker; stale is wrong",
        "expires is already past; set a later time or do not send it",
        "expires 已经过去；请改为更晚的时间，或不再发布",
        at_issue=True,
    ),
    Rule(
        "cap.info.effective.after_expires",
        effective_before_expires,
        f"{_SOURCE} effective",
        "effective is later than expires",
        "effective 晚于 expires",
        WARNING,
    ),
    Rule(
        "cap.info.effective.after_onset",
        effective_before_onset,
        f"{_SOURCE} effective",
        "effective is later than onset",
        "effective 晚于 onset",
        WARNING,
    ),
    Rule(
        "cap.info.onset.after_expires",
        onset_before_expires,
        f"{_SOURCE} onset",
        "onset is later than expires: the alert ends before its event",
        "onset 晚于 expires：事件尚未开始，预警即已失效",
        WARNING,
    ),
)
