"""Settings: shipped file < operator's file < ``WARNBROKER_SECTION__KEY`` in the environment.

``${VAR}`` and ``${VAR:-default}`` inside strings are filled in after parsing, so a secret
cannot inject YAML. Relative paths mean: relative to the file that says them.
"""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from warnbroker.errors import ConfigError
from warnbroker.model.enums import Category, Certainty, Severity, Urgency
from warnbroker.model.receipt import Reason
from warnbroker.resources import shipped

ENVIRONMENT_PREFIX = "WARNBROKER_"
# Keys whose text value is a path; resolved against the file that holds them.
PATH_KEYS = frozenset(
    {"file", "directory", "fleet", "roads", "population", "stations", "key_file", "ca_file"}
)
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


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError) as error:
        raise ValueError(f"no time zone is called {name!r}") from error
    return name


def _web_address(text: str) -> str:
    """Return the address that others know us by, if links to it can work."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if text and (not usable or not text.isprintable() or " " in text):
        raise ValueError(f"{text!r} is no web address; write such as https://warn.example.org")
    return text


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class Section(BaseModel):
    """A part of the configuration; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Municipality(Section):
    """Whose broker this is."""

    names: dict[str, str] = {"en": "Municipality"}
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    languages: list[str] = Field(default=["zh-CN", "en"], min_length=1)
    authority: str = "municipality"


class Server(Section):
    """Where the broker listens, and the address that others know it by."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: Annotated[str, AfterValidator(_web_address)] = ""
    max_body: int = Field(default=1 << 20, gt=0)


class Store(Section):
    """The database and the key that addresses are encrypted with."""

    url: str
    key_file: Path | None = None


class BusSection(Section):
    """What carries hints between steps."""

    url: str = "local:"


class LevelSection(Section):
    """One level of the scale."""

    rank: int = Field(ge=1)
    numeral: str = ""
    colour: str = "#000000"
    names: dict[str, str]
    aliases: list[str] = []
    expires_after: timedelta = timedelta(hours=6)
    resend_unknown: bool = False


class LevelRule(Section):
    """A row of the table that gives a level to an info that states none."""

    severity: list[Severity] = []
    urgency: list[Urgency] = []
    certainty: list[Certainty] = []
    level: str


class Levels(Section):
    """The scale, the parameters that carry it, and the table that it defaults from."""

    parameters: list[str]
    scale: dict[str, LevelSection]
    defaults: list[LevelRule]


class RouteRule(Section):
    """Channels for the alerts that match every given list; an empty list matches all."""

    level: list[str] = []
    urgency: list[Urgency] = []
    certainty: list[Certainty] = []
    category: list[Category] = []
    event: list[str] = []
    region: list[str] = []
    channels: list[str]


class Hazard(Section):
    """One row of the hazard register."""

    names: dict[str, str]
    category: Category
    department: dict[str, str]
    levels: list[str]
    instructions: dict[str, str] = {}


class Dispatch(Section):
    """Times and sizes of the delivery engine; times in seconds."""

    claim: int = Field(default=500, gt=0, le=1000)
    lease: float = Field(default=60, gt=0)
    unknown_after: float = Field(default=30, ge=0)
    sweep: float = Field(default=1, gt=0)
    retry_first: float = Field(default=2, gt=0)
    retry_cap: float = Field(default=900, gt=0)
    retry_cap_grave: float = Field(default=60, gt=0)
    retry_floors: dict[Reason, float] = {}
    region_share: float = Field(default=0, ge=0, lt=1)


class Templates(Section):
    """Where the operator's own templates lie, before the shipped ones."""

    directory: Path | None = None


class Regions(Section):
    """The region tree to load into an empty database."""

    file: Path | None = None


class Settings(Section):
    """The whole configuration."""

    municipality: Municipality = Municipality()
    server: Server = Server()
    store: Store
    bus: BusSection = BusSection()
    levels: Levels
    routing: list[RouteRule]
    hazards: dict[str, Hazard] = {}
    dispatch: Dispatch = Dispatch()
    templates: Templates = Templates()
    regions: Regions = Regions()
    channels: dict[str, dict[str, Any]] = {}
    log_level: Annotated[
        Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(_lower)
    ] = "info"


def load(
    config: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    over: Mapping[str, Any] | None = None,
) -> Settings:
    """Read the settings; ``over`` goes before all files and the environment.

    Raises:
        ConfigError: a file or a value is wrong; one line for each fault.
    """
    merged: dict[str, Any] = {}
    for path in (shipped("config") / "warnbroker.yaml", *([config] if config else [])):
        merged = _merge(merged, _read(path, environment))
    stated = _from_environment(environment)
    merged = _merge(_merge(merged, stated), dict(over or {}))
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        lines = [
            f"{_source(fault.partition(': ')[0], stated, config)}{fault}"
            for fault in faults_of(error)
        ]
        raise ConfigError("\n".join(lines)) from error


def faults_of(error: ValidationError) -> list[str]:
    """Return one line for each broken setting, naming its dotted path and what is wrong."""
    faults = error.errors(include_url=False, include_input=False)
    return [f"{'.'.join(map(str, fault['loc']))}: {_words(dict(fault))}" for fault in faults]


def _words(fault: Mapping[str, Any]) -> str:
    return _WORDS.get(fault["type"]) or str(fault["msg"]).removeprefix("Value error, ")


def _source(path: str, stated: Mapping[str, Any], config: Path | None) -> str:
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


def _read(path: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    raw = read_yaml(path)
    raw = {} if raw is None else raw
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: must hold settings, each as KEY: VALUE")
    folder = path.resolve().parent
    included = {
        key: read_yaml(folder / value)
        for key, value in raw.items()
        if key in {"levels", "routing", "hazards"} and isinstance(value, str)
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
            key: _absolute(item, folder)
            if key in PATH_KEYS and isinstance(item, str)
            else _absolute_url(item, folder)
            if key == "url" and isinstance(item, str)
            else _resolved(item, folder)
            for key, item in value.items()
        }
    return [_resolved(item, folder) for item in value] if isinstance(value, list) else value


def _absolute(text: str, folder: Path) -> str:
    return str(folder / Path(text).expanduser())


def _absolute_url(url: str, folder: Path) -> str:
    scheme, found, path = url.partition(":///")
    return f"{scheme}:///{_absolute(path, folder)}" if found and scheme == "sqlite" else url


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, text in environment.items():
        if not name.startswith(ENVIRONMENT_PREFIX):
            continue
        *sections, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        # WARNBROKER_HOME and WARNBROKER_KEY are no settings.
        if not sections and key not in Settings.model_fields:
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


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _merge(base[key], value)
        if isinstance(base.get(key), dict) and isinstance(value, dict)
        else value
        for key, value in over.items()
    }
    return base | both
