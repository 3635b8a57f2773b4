"""Settings: shipped file < operator's file < ``WARNBROKER_SECTION__KEY`` in the environment.

``${VAR}`` and ``${VAR:-default}`` inside strings are filled in after parsing, so a secret
cannot inject YAML. Relative paths mean: relative to the file that says them.
"""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from warnbroker.errors import ConfigError
from warnbroker.model.enums import Category, Certainty, Severity, Urgency
from warnbroker.model.receipt import Reason
from warnbroker.resources import shipped

ENVIRONMENT_PREFIX = "WARNBROKER_"
# Keys whose text value is a path; resolved against the file that holds them.
PATH_KEYS = frozenset(
    {"file", "directory", "fleet", "roads", "population", "stations", "key_file", "ca_file"}
)
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError) as error:
        raise ValueError(f"no time zone is called {name!r}") from error
    return name


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
    public_url: str = ""
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
    log_level: str = "info"
    secret: SecretStr | None = None


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
    merged = _merge(_merge(merged, _from_environment(environment)), dict(over or {}))
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise ConfigError("\n".join(faults_of(error, config))) from error


def faults_of(error: ValidationError, where: object = None) -> list[str]:
    """Return one line for each broken setting, naming its dotted path and what is wrong."""
    source = f"{where}: " if where else ""
    return [
        f"{source}{'.'.join(map(str, fault['loc']))}: "
        + ("unknown setting" if fault["type"] == "extra_forbidden" else fault["msg"])
        for fault in error.errors()
    ]


def read_yaml(path: Path) -> Any:
    """Read a YAML file.

    Raises:
        ConfigError: it cannot be read, or is not YAML.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except (yaml.YAMLError, RecursionError) as error:
        problem = " ".join(str(error).split())
        raise ConfigError(f"{path}: is not valid YAML: {problem}") from error


def _read(path: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    raw = read_yaml(path) or {}
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: must hold settings, not a {type(raw).__name__}")
    folder = path.resolve().parent
    included = {
        key: read_yaml(folder / value)
        for key, value in raw.items()
        if key in {"levels", "routing", "hazards"} and isinstance(value, str)
    }
    filled = _filled(raw | included, environment, path)
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
        if not name.startswith(ENVIRONMENT_PREFIX) or "__" not in name:
            continue
        *sections, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        branch = tree
        for section in sections:
            branch = branch.setdefault(section, {})
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
