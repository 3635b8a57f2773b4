"""The layers of settings, one over the other, and where each setting was made."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from warnbroker.settings.reading import (
    ENVIRONMENT_PREFIX,
    Reading,
    from_environment,
    merge,
    read,
)


class Layers:
    """The shipped file, the operator's, and the environment."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._own: Reading | None = None
        self._stated: Mapping[str, Any] = {}
        self._unset: dict[str, str] = {}
        self.faults: list[str] = []

    def read(
        self, environment: Mapping[str, str], known: Collection[str], over: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return all that they say, the later before the earlier; ``over`` goes before all.

        Raises:
            ConfigError: a file is no settings at all.
        """
        merged: dict[str, Any] = {}
        for number, path in enumerate(self._paths):
            found = read(path, environment)
            merged = merge(merged, found.tree)
            self._unset |= found.unset
            self.faults += [*found.faults, *found.unset.values()]
            self._own = found if number else None
        self._stated = from_environment(environment, known)
        return merge(merge(merged, dict(self._stated)), dict(over))

    def is_news(self, fault: str) -> bool:
        """Tell whether a fault is not only that a variable in it is not set."""
        return fault.partition(": ")[0] not in self._unset

    def told(self, fault: str) -> str:
        """Return a fault with the variable, or the file, that made the setting."""
        path = fault.partition(": ")[0]
        branch: Any = self._stated
        for step in path.split("."):
            branch = branch.get(step) if isinstance(branch, Mapping) else None
        if branch is not None:
            return f"{ENVIRONMENT_PREFIX}{path.upper().replace('.', '__')}: {fault}"
        if self._own is None:
            return fault
        return f"{self._own.files.get(path.partition('.')[0], self._paths[-1])}: {fault}"
