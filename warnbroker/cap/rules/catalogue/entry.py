"""The description of a rule."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from warnbroker.errors import Fault
from warnbroker.model.level import in_language

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
        """Say in both languages that a message breaks this rule.

        ``values`` fill the blanks; one that is a mapping is words by language.
        """
        english = self.english.format(**_in("en", values))
        chinese = self.chinese.format(**_in("zh-CN", values))
        return Fault(self.id, english, path, self.level, chinese=chinese)

    def outline(self, text: str) -> str:
        """Return one of the texts with its blanks marked."""
        return _BLANK.sub("…", text)


def _in(language: str, values: Mapping[str, object]) -> dict[str, object]:
    return {
        name: in_language(value, language) if isinstance(value, Mapping) else value
        for name, value in values.items()
    }
