"""Named lists: the people that an alert of limited scope may go to."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NamedList:
    """A list: those of the ``refs``, and those of the ``roles`` who are in the ``regions``.

    Empty regions mean everywhere.
    """

    code: str
    names: Mapping[str, str] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    refs: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NamedLists:
    """All lists that are configured, by code."""

    by_code: Mapping[str, NamedList] = field(default_factory=dict)

    def find(self, text: str) -> NamedList | None:
        """Return the list of that code, or with that name in any language, whatever the case."""
        wanted = text.strip().casefold()
        return next(
            (
                found
                for found in self.by_code.values()
                if wanted in {found.code.casefold(), *map(str.casefold, found.names.values())}
            ),
            None,
        )
