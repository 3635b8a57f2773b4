"""Read settings: YAML files that include others, variables inside strings, the environment.

``${VAR}`` and ``${VAR:-default}`` inside strings are filled in after parsing, so a secret
cannot inject YAML. Relative paths mean: relative to the file that says them.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

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

_MERGE = "tag:yaml.org,2002:merge"
_SECTION = "must be a section: lines of KEY: VALUE below it"
_WORDS = {
    "extra_forbidden": "unknown setting",
    "missing": "is missing; give it a value",
    "dict_type": _SECTION,
    "model_type": _SECTION,
    "list_type": "must be a list",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be yes or no",
}
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def faults_of(error: ValidationError) -> list[str]:
    """Return one line for each broken setting, naming its dotted path and what is wrong."""
    faults = error.errors(include_url=False, include_input=False)
    return [f"{'.'.join(map(str, fault['loc']))}: {_words(dict(fault))}" for fault in faults]


def _words(fault: Mapping[str, Any]) -> str:
    return _WORDS.get(fault["type"]) or str(fault["msg"]).removeprefix("Value error, ")


def source(path: str, stated: Mapping[str, Any], config: Path | None) -> str:
    """Say where a setting was made: the variable, or the file."""
    branch: Any = stated
    for step in path.split("."):
        branch = branch.get(step) if isinstance(branch, Mapping) else None
    if branch is not None:
        return f"{ENVIRONMENT_PREFIX}{path.upper().replace('.', '__')}: "
    return f"{config}: " if config else ""


def read_yaml(path: Path) -> Any:
    """Read a YAML file.

    Raises:
        ConfigError: it cannot be read, or is not YAML.
    """
    try:
        # Not yaml.safe_load: this loader is the safe one, and stricter.
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  the loader is the safe one
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such file") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        problem = " ".join(str(error).replace('in "<unicode string>", ', "at ").split())
        raise ConfigError(f"{path}: is not valid YAML: {problem}") from error


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: which of the two was meant?"""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if key.value in seen:
                    text = f"the key {key.value!r} stands twice; keep one"
                    raise yaml.constructor.ConstructorError(None, None, text, key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read(path: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return a file's settings with what it includes, its variables filled and paths absolute.

    Raises:
        ConfigError: it is not what it should be.
    """
    raw = read_yaml(path)
    raw = {} if raw is None else raw
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: must hold settings, each as KEY: VALUE")
    folder = path.resolve().parent
    included = {
        key: read_yaml(folder / value)
        for key, value in raw.items()
        if key in INCLUDED and isinstance(value, str)
    }
    try:
        filled = _filled(raw | included, environment, path)
    except RecursionError as error:
        raise ConfigError(f"{path}: an alias (*) stands inside its own anchor (&)") from error
    return dict(_resolved(filled, folder))


def _filled(value: Any, environment: Mapping[str, str], path: Path) -> Any:
    def replace(match: re.Match[str]) -> str:
        name, default = match.groups()
        text = environment.get(name, default)
        if text is None:
            raise ConfigError(f"{path}: the environment has no variable {name}")
        return text

    if isinstance(value, dict):
        return {key: _filled(item, environment, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, environment, path) for item in value]
    return _VARIABLE.sub(replace, value) if isinstance(value, str) else value


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
    return _absolute(value, folder) if isinstance(value, str) else value


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
    both = {
        key: merge(base[key], value)
        if key not in WHOLE and isinstance(base.get(key), dict) and isinstance(value, dict)
        else value
        for key, value in over.items()
    }
    return base | both
