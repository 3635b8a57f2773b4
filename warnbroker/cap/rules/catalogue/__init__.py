"""Every rule by its id: what is not in the table ``RULES`` is described here.

The readers find faults of form, the broker those of place, lineage and level. They say in
English what is wrong with this very message; the catalogue says in Chinese, and for the
page of rules in both languages, what the rule is.
"""

import re
from collections.abc import Mapping
from functools import cache

from warnbroker.cap.rules import RULES
from warnbroker.cap.rules.catalogue.broker import BROKER
from warnbroker.cap.rules.catalogue.entry import Entry
from warnbroker.cap.rules.catalogue.form import FORM
from warnbroker.cap.rules.catalogue.gate import GATES
from warnbroker.errors import Fault

__all__ = ["BROKER", "FORM", "GATES", "Entry", "entries", "in_language"]

# What a message shows of a faulty value, as ``document.quote`` writes it.
_SHOWN = re.compile(r"'([^']{1,41})'")


@cache
def entries() -> Mapping[str, Entry]:
    """Return the description of every rule but those of the profiles, by id."""
    table = (
        Entry(
            rule.id,
            rule.source,
            rule.english.replace("{hint}", "").replace("{place}", ""),
            rule.chinese.replace("{hint_zh}", "").replace("{place_zh}", ""),
            rule.level,
            at_issue=rule.at_issue,
        )
        for rule in RULES
    )
    found = {entry.id: entry for entry in (*FORM, *BROKER, *GATES)}
    return found | {entry.id: entry for entry in table}


def in_language(fault: Fault, language: str) -> str:
    """Return what a fault says in Chinese where that is asked for, else in English."""
    if not language.lower().startswith("zh"):
        return fault.message
    return fault.chinese or _described(fault) or fault.message


def _described(fault: Fault) -> str:
    entry = entries().get(fault.rule)
    if entry is None:
        return ""
    shown = _SHOWN.search(fault.message)
    text = entry.outline(entry.chinese)
    return f"{text}（收到的是“{shown[1]}”）" if shown else text
