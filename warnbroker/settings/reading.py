"""Read settings: YAML files that include others, variables inside strings, the environment.

``${VAR}`` and ``${VAR:-default}`` inside strings are filled in after parsing, so a secret
cannot inject YAML. Relative paths mean: relative to the file that says them.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warnbroker.contracts.operator_file import read_yaml
from warnbroker.errors import ConfigError

ENVIRONMENT_PREFIX = "WARNBROKER_"
# Keys whose text value is a path; resolved against the file that holds them.
PATH_KEYS = frozenset(
    {
        "file",
        "directory",
        "fleet",
        "roads",
        "population",
        "stations",
        "key_file",
        "ca_file",
        "certificate",
        "certificates",
        "anchors",
        "codes",
        "recordings",
        "gateway_file",
    }
)
INCLUDED = frozenset(
    {"levels", "routing", "hazards", "authorities", "release", "escalation", "words"}
)
"""Sections that a file may hold, or name another file for."""

WHOLE = frozenset({"authorities"})
"""Sections that are nobody's but who writes them: an office of the example must not be told."""

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file and those that it includes say.

    ``unset`` are lines by the dotted path of what could not be filled in; ``faults`` are of
    files that could not be read. ``files`` are the included ones, by their section.
    """

    tree: dict[str, Any]
    files: Mapping[str, Path]
    unset: Mapping[str, str]
    faults: Sequence[str]


def read(path: Path, environment: Mapping[str, str]) -> Reading:
    """Return a file's settings with what it includes, its variables filled and paths absolute.

    Raises:
        ConfigError: the file itself is not what it should be.
    """
    raw = read_yaml(path)
    raw = {} if raw is None else raw
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: must hold settings, each as KEY: VALUE")
    folder = path.resolve().parent
    files = {
        key: folder / Path(value).expanduser()
        for key, value in raw.items()
        if key in INCLUDED and isinstance(value, str)
    }
    own = {key: value for key, value in raw.items() if key not in files}
    unset: dict[str, str] = {}
    tree, faults = _prepared(own, path, environment, unset), []
    for key, file in files.items():
        try:
            tree |= _prepared({key: read_yaml(file)}, file, environment, unset)
        except ConfigError as error:
            faults.append(f"{path}: {key}: {error}")
    return Reading(tree, files, unset, faults)


def _prepared(
    raw: Any, path: Path, environment: Mapping[str, str], unset: dict[str, str]
) -> dict[str, Any]:
    """Return settings with their variables filled and paths absolute; name what is not set."""
    filling = _Filling(environment, path, unset)
    try:
        filled = filling.of(raw, ())
    except RecursionError as error:
        raise ConfigError(f"{path}: an alias (*) stands inside its own anchor (&)") from error
    return dict(_resolved(filled, path.resolve().parent))


@dataclass(frozen=True, slots=True)
class _Filling:
    """Fills variables in; a text with one that is not set stays as it is and is named."""

    environment: Mapping[str, str]
    path: Path
    unset: dict[str, str]

    def of(self, value: Any, place: tuple[object, ...]) -> Any:
        if isinstance(value, dict):
            return {key: self.of(item, (*place, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.of(item, (*place, index)) for index, item in enumerate(value)]
        return self._filled(value, place) if isinstance(value, str) else value

    def _filled(self, text: str, place: tuple[object, ...]) -> str:
        def replace(match: re.Match[str]) -> str:
            name, default = match.groups()
            found = self.environment.get(name, default)
            if found is None:
                where = ".".join(map(str, place))
                told = f"the environment has no variable {name}; set it, or write ${{{name}:-}}"
                self.unset[where] = f"{self.path}: {where}: {told}"
            return match[0] if found is None else found

        return _VARIABLE.sub(replace, text)


def _resolved(value: Any, folder: Path) -> Any:
    if isinstance(value, dict):
        return {
            key: _absolute_paths(item, folder)
            if key in PATH_KEYS and isinstance(item, (str, list))
            else _absolute_url(item, folder)
            if key == "url" and isinstance(item, str)
            else _resolved(item, folder)
            for key, item in value.items()
        }
    return [_resolved(item, folder) for item in value] if isinstance(value, list) else value


def _absolute_paths(value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        return [_absolute_paths(item, folder) for item in value]
    if isinstance(value, str):
        # An empty text is no file; joined to the folder it would be the folder itself.
        return _absolute(value, folder) if value.strip() else None
    return value


def _absolute(text: str, folder: Path) -> str:
    return str(folder / Path(text).expanduser())


def _absolute_url(url: str, folder: Path) -> str:
    scheme, found, path = url.partition(":///")
    return f"{scheme}:///{_absolute(path, folder)}" if found and scheme == "sqlite" else url


def from_environment(environment: Mapping[str, str], known: Collection[str]) -> dict[str, Any]:
    """Return the settings that the environment makes; ``known`` are the names at the top.

    Raises:
        ConfigError: two variables contradict each other.
    """
    tree: dict[str, Any] = {}
    for name, text in environment.items():
        if not name.startswith(ENVIRONMENT_PREFIX):
            continue
        *sections, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        # WARNBROKER_HOME and WARNBROKER_KEY are no settings.
        if not sections and key not in known:
            continue
        branch = tree
        for section in sections:
            branch = branch.setdefault(section, {})
            if not isinstance(branch, dict):
                break
        if not isinstance(branch, dict) or isinstance(branch.get(key), dict):
            raise ConfigError(f"{name}: another variable sets a part of it; remove one of the two")
        branch[key] = text
    return dict(_resolved(tree, Path.cwd()))


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Lay one tree of settings over another, key by key; the sections of ``WHOLE`` as they are."""
    if "authorities" in over and isinstance(base.get("hazards"), dict):
        base = base | {"hazards": _without_offices(base["hazards"])}
    both = {
        key: merge(base[key], value)
        if key not in WHOLE and isinstance(base.get(key), dict) and isinstance(value, dict)
        else value
        for key, value in over.items()
    }
    return base | both


def _without_offices(hazards: dict[str, Any]) -> dict[str, Any]:
    """Return hazards without whom they notify: the offices that this names are there no more."""
    return {
        code: {name: value for name, value in hazard.items() if name != "notify"}
        if isinstance(hazard, dict)
        else hazard
        for code, hazard in hazards.items()
    }
