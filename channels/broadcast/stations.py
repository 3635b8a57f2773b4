"""The stations: who they are, where they are heard and what they can use."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from channels._files import read_model
from warnbroker.contracts.wording import shaped


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

    id: Annotated[str, shaped(r"[a-z0-9][a-z0-9-]{0,62}", "harbour-radio")]
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
    return read_model(path, _File).stations


def _nearest(language: str, offered: tuple[str, ...]) -> str:
    wanted = language.lower()
    primary = wanted.partition("-")[0]
    same = [tag for tag in offered if tag.lower() == wanted]
    near = [tag for tag in offered if tag.lower().partition("-")[0] == primary]
    return next(iter(same + near), "")
