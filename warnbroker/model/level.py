"""The warning level: how urgent, harmful and likely a hazard is, as the issuer grades it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the configured scale; rank 1 is the gravest."""

    code: str
    rank: int
    numeral: str
    colour: str
    names: Mapping[str, str]
    expires_after: timedelta
    resend_unknown: bool

    def name(self, language: str) -> str:
        """Return the level's word in a language, else its code."""
        return in_language(self.names, language) or self.code


def in_language(names: Mapping[str, str], language: str) -> str:
    """Pick a text by language tag: the tag itself, its primary language, else English, else any."""
    wanted = language.lower()
    by_tag = {tag.lower(): text for tag, text in names.items()}
    primary = wanted.partition("-")[0]
    near = [text for tag, text in by_tag.items() if tag.partition("-")[0] == primary]
    return by_tag.get(wanted) or (near or [by_tag.get("en", "")])[0] or next(iter(names.values()), "")
