"""The scale of levels that the settings describe."""

from warnbroker.errors import ConfigError
from warnbroker.model.level import Level, LevelRule, LevelScale
from warnbroker.model.typed import plain
from warnbroker.settings import Levels


def scale_of(levels: Levels) -> LevelScale:
    """Return the scale that the settings describe.

    Raises:
        ConfigError: a rule names a level that is not on the scale, or none matches everything.
    """
    unknown = [rule.level for rule in levels.defaults if rule.level not in levels.scale]
    if unknown:
        raise ConfigError(f"levels.defaults: {', '.join(unknown)} is not in levels.scale")
    rules = tuple(
        LevelRule(
            rule.level, frozenset(rule.severity), frozenset(rule.urgency), frozenset(rule.certainty)
        )
        for rule in levels.defaults
    )
    if not any(rule == LevelRule(rule.level) for rule in rules):
        raise ConfigError("levels.defaults: the last row must match everything: give only a level")
    return LevelScale(
        levels=tuple(
            Level(
                code=code,
                rank=section.rank,
                numeral=section.numeral,
                colour=section.colour,
                names=section.names,
                expires_after=section.expires_after,
                resend_unknown=section.resend_unknown,
            )
            for code, section in sorted(levels.scale.items(), key=lambda item: item[1].rank)
        ),
        parameters=tuple(levels.parameters),
        aliases={
            plain(word): code
            for code, section in levels.scale.items()
            for word in (code, *section.aliases)
        },
        rules=rules,
    )
