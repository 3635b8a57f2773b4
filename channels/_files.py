"""Read YAML files of an operator's, strictly: every fault in a line that says where."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from warnbroker.contracts.operator_file import read_yaml
from warnbroker.contracts.wording import faults_of
from warnbroker.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)


def read_model(path: Path, model: type[Model]) -> Model:
    """Return what a YAML file holds.

    Raises:
        ConfigError: the file cannot be read or is wrong; one line for each fault.
    """
    content = read_yaml(path)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = [f"{path}: {line}" for line in faults_of(error, content)]
        raise ConfigError("\n".join(lines)) from error
