"""Read YAML files of an operator's, strictly: every fault in a line that says where."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from warnbroker.errors import ConfigError, FileError

Model = TypeVar("Model", bound=BaseModel)


def read_model(path: Path, model: type[Model]) -> Model:
    """Return what a YAML file holds.

    Raises:
        ConfigError: the file cannot be read or is wrong; one line for each fault.
    """
    try:
        return model.model_validate(_content(path))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        lines = [f"{path}: {_key(fault['loc'])}: {fault['msg']}" for fault in faults]
        raise ConfigError("\n".join(lines)) from error


def _content(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise FileError(f"{path}: {reason}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from error


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the file"
