"""The fleet file: loudspeaker vans, their crews and where they start."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from warnbroker.contracts.operator_file import read_yaml
from warnbroker.contracts.wording import faults_of, shaped
from warnbroker.errors import FileError

_STRICT = ConfigDict(frozen=True, extra="forbid")

Names = Mapping[str, str]
"""A text by language tag."""


class Start(BaseModel):
    """Where a van waits."""

    model_config = _STRICT

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    names: Names = {}


class Van(BaseModel):
    """One van: who and where it is, and how far and fast it announces.

    Minutes count from the moment the alert goes out.
    """

    model_config = _STRICT

    id: Annotated[str, shaped(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", "van-1")]
    names: Names = {}
    call_sign: str = ""
    start: Start
    languages: tuple[str, ...] = ()
    announcing_kmh: float = Field(default=10, gt=0, le=60)
    audible_radius_m: float = Field(default=120, gt=0, le=2000)
    ready_minutes: float = Field(default=3, ge=0)
    shift_end_minutes: float = Field(default=240, gt=0)

    def speaks(self, language: str) -> bool:
        """Say whether the crew reads a language out; a crew without a list reads all."""
        primary = language.partition("-")[0].lower()
        return not self.languages or primary in {
            tag.partition("-")[0].lower() for tag in self.languages
        }


class Fleet(BaseModel):
    """All vans of a municipality."""

    model_config = _STRICT

    vans: Annotated[tuple[Van, ...], Field(min_length=1)]


def read_fleet(path: Path, *, kmh: float = 10, radius: float = 120) -> Fleet:
    """Read the fleet file; ``kmh`` and ``radius`` stand where a van names none.

    Raises:
        FileError: the file is missing, no YAML, or names something unknown.
    """
    data = read_yaml(path)
    try:
        fleet = Fleet.model_validate(_with_defaults(data, kmh, radius))
    except ValidationError as error:
        lines = [f"{path}: {line}" for line in faults_of(error, data)]
        raise FileError("\n".join(lines)) from error
    twice = [
        name for name, times in Counter(van.id.lower() for van in fleet.vans).items() if times > 1
    ]
    if twice:
        raise FileError(f"{path}: van {', '.join(twice)} stands there twice")
    return fleet


def _with_defaults(data: object, kmh: float, radius: float) -> object:
    if not isinstance(data, dict) or not isinstance(data.get("vans"), list):
        return data
    defaults = {"announcing_kmh": kmh, "audible_radius_m": radius}
    vans = [{**defaults, **van} if isinstance(van, dict) else van for van in data["vans"]]
    return {**data, "vans": vans}
