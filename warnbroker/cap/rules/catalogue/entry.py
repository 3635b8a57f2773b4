"""The description of a rule."""

import re
from dataclasses import dataclass

from warnbroker.errors import Fault

_BLANK = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule as the page of rules lists it; its texts may have blanks.

    ``at_issue`` marks an error that elsewhere is only a warning.
    """

    id: str
    source: str
    english: str
    chinese: str
    level: str = "error"
    at_issue: bool = False

    def fault(self, path: str, **values: object) -> Fault:
        """Say in both languages that a message breaks this rule; ``values`` fill the blanks."""
        english, chinese = self.english.format(**values), self.chinese.format(**values)
        return Fault(self.id, english, path, self.level, chinese=chinese)

    def outline(self, text: str) -> str:
        """Return one of the texts with its blanks marked."""
        return _BLANK.sub("…", text)
