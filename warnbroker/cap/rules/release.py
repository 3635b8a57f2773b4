"""What this release lets out: actual, public alerts that warn, update or cancel."""

from collections.abc import Iterator
from datetime import datetime

from warnbroker.cap.rules.rule import Finding, Rule
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType, Scope, Status

_SOURCE = "warnbroker, this release"


def actual_only(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse drills and tests, which have no way of their own yet."""
    if alert.status is not Status.ACTUAL:
        yield "status", f"only Actual alerts are published by this release, not {alert.status}"


def public_only(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse alerts for a named list, which has no way of its own yet."""
    if alert.scope is not Scope.PUBLIC:
        yield "scope", f"only Public alerts are published by this release, not {alert.scope}"


def warnings_only(alert: Alert, now: datetime) -> Iterator[Finding]:
    """Refuse messages between systems."""
    if alert.msg_type in {MsgType.ACK, MsgType.ERROR}:
        text = "only Alert, Update and Cancel are published by this release"
        yield "msgType", f"{text}, not {alert.msg_type}"


RULES = (
    Rule("release.status", actual_only, _SOURCE),
    Rule("release.scope", public_only, _SOURCE),
    Rule("release.msg_type", warnings_only, _SOURCE),
)
