"""A finding: a discrepancy that a rule saw in the times of the record; a person judges it."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

ID_LENGTH = 26


class FindingKind(StrEnum):
    """Which rule saw it."""

    LATE_REPORT = "late_report"
    LATE_WARNING = "late_warning"
    LATE_RELEASE = "late_release"
    MISSED_WARNING = "missed_warning"
    FALSE_WARNING = "false_warning"
    FIGURES_FELL = "figures_fell"
    TIMES_MOVED = "times_moved"
    REPORTED_ELSEWHERE = "reported_elsewhere"
    RECORD_BROKEN = "record_broken"
    RECORD_CONTRADICTED = "record_contradicted"

    @property
    def class_(self) -> str:
        """Return what the law calls it: late, missed, false, or concealed where it may be that."""
        first = self.value.partition("_")[0]
        return first if first in {"late", "missed", "false"} else "concealed"


class Ruling(StrEnum):
    """What a person decided about a finding; nothing yet is ``OPEN``."""

    OPEN = ""
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule saw: ``subject`` is an alert, an incident or the record.

    ``detail`` holds the times that were compared; ``people`` whose conduct it is. ``key``
    tells several of one kind about one subject apart.
    """

    kind: FindingKind
    subject: str
    detail: Mapping[str, object]
    people: tuple[str, ...] = ()
    key: str = ""

    @property
    def id(self) -> str:
        """Return an id that stays the same however often the rule sees it."""
        text = "\n".join((self.kind, self.subject, self.key))
        digest = hashlib.sha256(text.encode()).digest()
        return base64.b32encode(digest).decode().lower()[:ID_LENGTH]


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """A finding in the ledger, with what a person decided; ``person`` is who."""

    id: str
    kind: FindingKind
    subject: str
    found_at: datetime
    detail: Mapping[str, object] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    ruling: Ruling = Ruling.OPEN
    decided_at: datetime | None = None
    person: str = ""
    remark: str = ""
