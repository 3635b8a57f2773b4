"""The warning level: how urgent, harmful and likely a hazard is, as the issuer grades it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from warnbroker.model.alert import Info
from warnbroker.model.enums import Certainty, Severity, Urgency
from warnbroker.model.typed import plain


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
    return (
        by_tag.get(wanted) or (near or [by_tag.get("en", "")])[0] or next(iter(names.values()), "")
    )


@dataclass(frozen=True, slots=True)
class LevelRule:
    """A row of the table of default levels; an empty set matches everything."""

    level: str
    severity: frozenset[Severity] = frozenset()
    urgency: frozenset[Urgency] = frozenset()
    certainty: frozenset[Certainty] = frozenset()

    def matches(self, info: Info) -> bool:
        """Tell whether an info falls under this row."""
        return all(
            not wanted or value in wanted
            for wanted, value in (
                (self.severity, info.severity),
                (self.urgency, info.urgency),
                (self.certainty, info.certainty),
            )
        )


@dataclass(frozen=True, slots=True)
class LevelScale:
    """The configured levels, and how an info tells which one it has.

    ``aliases`` maps a plain word (``typed.plain``) to a level's code; ``parameters`` are the CAP
    parameter names that may carry such a word. ``rules`` decide for infos that carry none.
    """

    levels: tuple[Level, ...]
    parameters: tuple[str, ...]
    aliases: Mapping[str, str]
    rules: tuple[LevelRule, ...]

    def __getitem__(self, code: str) -> Level:
        # An alert may outlive its level in the settings: then nobody takes it for a lesser one.
        return next((level for level in self.levels if level.code == code), self.levels[0])

    def __contains__(self, code: object) -> bool:
        return any(level.code == code for level in self.levels)

    def of(self, info: Info) -> Level:
        """Return the level an info states, else the one the table gives it."""
        return self.stated(info) or self.graded(info)

    def stated(self, info: Info) -> Level | None:
        """Return the gravest level that an info states in its parameters, or None.

        Others read the same message, and may look at any of them.
        """
        stated = (pair.value for pair in info.parameters if pair.name in self.parameters)
        # MeteoAlarm writes "4; red; Extreme": any of the words may name the level.
        words = [plain(word) for text in stated for word in text.split(";")]
        codes = {self.aliases[word] for word in words if word in self.aliases}
        return min((self[code] for code in codes), key=lambda level: level.rank, default=None)

    def graded(self, info: Info) -> Level:
        """Return the level that the table gives an info."""
        return self[next(rule.level for rule in self.rules if rule.matches(info))]
