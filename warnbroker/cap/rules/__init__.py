"""The rules that decide whether an alert may be published, as one table."""

from datetime import datetime

from warnbroker.cap.document import shorten
from warnbroker.cap.rules import alert as alert_rules
from warnbroker.cap.rules import area, geometry, info, resource
from warnbroker.cap.rules.rule import Rule
from warnbroker.errors import Fault
from warnbroker.model.alert import Alert

RULES: tuple[Rule, ...] = (
    *alert_rules.RULES,
    *info.RULES,
    *resource.RULES,
    *area.RULES,
    *geometry.RULES,
)
"""All rules, in the order in which their faults are reported."""


def check(alert: Alert, now: datetime) -> list[Fault]:
    """Return every broken rule; the alert may be published if none has the level ``error``.

    It must come before ``warnbroker.targeting``: it bounds what geometry may cost.
    """
    found = (
        Fault(rule.id, message, path, rule.level)
        for rule in RULES
        for path, message in rule.find(alert, now)
    )
    return list(shorten(sorted(found, key=lambda fault: fault.level != "error")))
