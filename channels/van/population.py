"""Where people are: points with a number of people each."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shapely import contains_xy
from shapely.geometry.base import BaseGeometry

from channels.van.geometry import Points
from warnbroker.errors import FileError

_COLUMNS = ("lat", "lon", "people")


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """People at places: ``places`` are longitudes and latitudes, ``people`` the number at each.

    ``counted`` is false where something else stands in for people.
    """

    places: Points
    people: NDArray[np.float64]
    counted: bool = True

    def within(self, area: BaseGeometry) -> "Population":
        """Return those inside an area that is given in degrees."""
        inside = contains_xy(area, self.places[:, 0], self.places[:, 1])
        return Population(self.places[inside], self.people[inside], self.counted)

    @property
    def total(self) -> float:
        """Return how many people there are."""
        return float(self.people.sum())


def read_population(path: Path) -> Population:
    """Read a CSV file with the columns ``lat``, ``lon`` (degrees) and ``people``.

    Raises:
        FileError: the file is missing, lacks a column, or a line makes no sense.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise FileError(f"{path}: no column {', '.join(missing)}")
            rows = [_row(path, reader.line_num, line) for line in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: the population file cannot be read: {error}") from error
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return Population(table[:, [1, 0]], table[:, 2])


def _row(path: Path, number: int, line: dict[str, str]) -> tuple[float, float, float]:
    try:
        lat, lon, people = (float(line[name]) for name in _COLUMNS)
    except (TypeError, ValueError) as error:
        raise FileError(f"{path}, line {number}: lat, lon and people must be numbers") from error
    sound = abs(lat) <= 90 and abs(lon) <= 180 and 0 <= people < math.inf
    if not sound:
        raise FileError(f"{path}, line {number}: latitude, longitude or people out of range")
    return lat, lon, people
