"""What the engine refrains from sending to people, and which levels go out all the same."""

from dataclasses import dataclass

from warnbroker.model.level import Level
from warnbroker.model.suppression import WISHES, SuppressionReason


@dataclass(frozen=True, slots=True)
class Restraint:
    """The rules; ``override`` are codes of levels that go out in spite of what people wish."""

    override: frozenset[str] = frozenset()

    def in_spite_of(self, level: Level) -> frozenset[SuppressionReason]:
        """Return the suppressions that a warning of a level overrides."""
        return WISHES if level.code in self.override else frozenset()
