"""The register of defects that fills up while a relayed message is read."""

from dataclasses import dataclass, field

from warnbroker.cap.document import MAX_FAULTS
from warnbroker.cap.relay.words import DEFECTS
from warnbroker.errors import Fault

MOST = MAX_FAULTS
"""Defects that are listed; a hostile message has a hundred thousand."""


def defect(rule: str, path: str = "", line: int | None = None, **blanks: object) -> Fault:
    """Return one defect, worded in both languages."""
    level, english, chinese = DEFECTS[rule]
    return Fault(
        rule, english.format(**blanks), path, level, line, chinese=chinese.format(**blanks)
    )


@dataclass(slots=True)
class Register:
    """Collects defects in the order in which they are found."""

    found: list[Fault] = field(default_factory=list)

    def note(self, rule: str, path: str = "", line: int | None = None, **blanks: object) -> None:
        """Add a defect, as long as there is room."""
        if len(self.found) < MOST:
            self.found.append(defect(rule, path, line, **blanks))
        elif len(self.found) == MOST:
            self.found.append(defect("relay.faults.more"))
