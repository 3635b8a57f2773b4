"""The stations: who they are, where they are heard and what they can use."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from warnbroker.errors import ConfigError, FileError


class StationKind(StrEnum):
    """What a station is."""

    RADIO = "radio"
    TV = "tv"
    LOUDSPEAKER = "loudspeaker"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Profile(_Entry):
    """What a station can use: the length of its crawl in characters, sound, and drills."""

    crawl_max_chars: int = Field(1800, ge=40, le=20_000)
    audio: bool = True
    drills: bool = False


class Station(_Entry):
    """One station.

    ``id`` names its folder; ``languages`` stand in the order that they are broadcast in;
    ``regions`` are the codes of where it is heard, none meaning everywhere.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    names: dict[str, str] = Field(min_length=1)
    kind: StationKind
    languages: tuple[str, ...] = Field(min_length=1)
    regions: tuple[str, ...] = ()
    profile: Profile = Profile()

    def covers(self, codes: Iterable[str]) -> bool:
        """Tell whether any of these regions hears the station."""
        return not self.regions or not set(self.regions).isdisjoint(codes)

    def choose(self, available: Iterable[str]) -> tuple[str, ...]:
        """Return the languages to send, in the station's order.

        A language that exists only in another variety is taken in that one; where there
        is none of the station's languages, it gets all there are rather than silence.
        """
        offered = tuple(available)
        chosen = (_nearest(language, offered) for language in self.languages)
        return tuple(dict.fromkeys(filter(None, chosen))) or offered


def _unique(stations: tuple[Station, ...]) -> tuple[Station, ...]:
    counts = Counter(station.id for station in stations)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise ValueError(f"the id {twice[0]} is used twice")
    return stations


class _File(_Entry):
    stations: Annotated[tuple[Station, ...], AfterValidator(_unique)]


def load_stations(path: Path) -> tuple[Station, ...]:
    """Read the stations from a YAML file.

    Raises:
        ConfigError: the file cannot be read or is wrong; names the file and every bad key.
    """
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise FileError(f"{path}: {reason}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    try:
        return _File.model_validate(content).stations
    except ValidationError as error:
        raise ConfigError(f"{path}: {_faults(error)}") from error


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{_key(fault['loc'])}: {fault['msg']}" for fault in faults)


def _key(location: tuple[int | str, ...]) -> str:
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return key.lstrip(".") or "the file"


def _nearest(language: str, offered: tuple[str, ...]) -> str:
    wanted = language.lower()
    primary = wanted.partition("-")[0]
    same = [tag for tag in offered if tag.lower() == wanted]
    near = [tag for tag in offered if tag.lower().partition("-")[0] == primary]
    return next(iter(same + near), "")
