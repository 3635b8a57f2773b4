"""The rules that decide whether an alert may be published, as one table."""

from collections.abc import Collection
from datetime import datetime

from warnbroker.cap.document import shorten
from warnbroker.cap.rules import alert as alert_rules
from warnbroker.cap.rules import (
    area,
    comparison,
    geometry,
    info,
    moments,
    overlap,
    reference,
    resource,
    words,
)
from warnbroker.cap.rules.rule import ERROR, Rule
from warnbroker.errors import Fault
from warnbroker.model.alert import Alert

RULES: tuple[Rule, ...] = (
    *alert_rules.RULES,
    *reference.RULES,
    *info.RULES,
    *moments.RULES,
    *words.RULES,
    *comparison.RULES,
    *resource.RULES,
    *area.RULES,
    *geometry.RULES,
    *overlap.RULES,
)
"""All rules, in the order in which their faults are reported."""


def check(
    alert: Alert, now: datetime, *, issuing: bool = True, unread: Collection[str] = ()
) -> list[Fault]:
    """Return every broken rule; the alert may be published if none has the level ``error``.

    Where it is not being issued, what depends on the clock is a warning only. ``unread``
    names the elements of a broken message that something else stands for in ``alert``.
    It must come before ``warnbroker.targeting``: it bounds what geometry may cost.
    """
    found = (
        fault
        for rule in RULES
        if not set(rule.needs) & set(unread)
        for fault in rule.faults(alert, now, issuing=issuing)
    )
    return list(shorten(sorted(found, key=lambda fault: fault.level != ERROR)))
