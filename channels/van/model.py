"""A finished plan, as ``plan.json`` keeps it and the sheets show it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from channels.van.fleet import Names, Van
from channels.van.osm import ATTRIBUTION

_STRICT = ConfigDict(frozen=True, extra="forbid")

LonLat = tuple[float, float]
"""Longitude and latitude in degrees, six decimals (about 0.1 m)."""


class Kind(StrEnum):
    """What a sheet asks of its crew."""

    ALERT = "alert"
    UPDATE = "update"
    CANCEL = "cancel"


class Turn(StrEnum):
    """How a van gets from one street into the next."""

    START = "start"
    STRAIGHT = "straight"
    BEAR_LEFT = "bear_left"
    BEAR_RIGHT = "bear_right"
    LEFT = "left"
    RIGHT = "right"
    SHARP_LEFT = "sharp_left"
    SHARP_RIGHT = "sharp_right"
    U_TURN = "u_turn"
    ROUNDABOUT = "roundabout"


class Note(StrEnum):
    """A thing about a van's sheet that its crew and the duty desk must know."""

    NO_STREETS = "no_streets"
    NO_TIME = "no_time"
    NO_WORK = "no_work"
    SPEED_LOWERED = "speed_lowered"
    POPULATION_UNKNOWN = "population_unknown"
    HAZARD_PRESENT = "hazard_present"


class Briefing(BaseModel):
    """What the sheet says in words; texts stand by language, the issuer's order first.

    ``revision`` counts within the warning; ``replaces`` names the alerts whose sheets
    this one ends; ``turn`` counts the plans for those whom nothing else reached. ``drill``
    is false only for the real thing.
    """

    model_config = _STRICT

    kind: Kind
    revision: int = 1
    turn: int = 0
    replaces: tuple[str, ...] = ()
    level: str = ""
    level_names: Names = {}
    numeral: str = ""
    drill: bool = False
    headlines: Names = {}
    issuers: Names = {}
    areas: Names = {}
    scripts: Names = {}
    municipality: Names = {}
    time_zone: str = "UTC"
    expires: datetime | None = None
    hazard_present: bool = False


class Move(BaseModel):
    """One manoeuvre: how into which street, and how far along it (metres)."""

    model_config = _STRICT

    turn: Turn
    exit: int = 0
    street: str
    highway: str
    metres: float


class LegRecord(BaseModel):
    """One announcing leg: when, where, and the people who hear it first from here."""

    model_config = _STRICT

    begin: datetime
    end: datetime
    people: float
    line: tuple[LonLat, ...]


class Row(BaseModel):
    """One line of the sheet.

    A row with a number is announced: its last move names the street, from ``origin`` to
    ``target`` (crossing streets). A row without one only drives, by its moves.
    """

    model_config = _STRICT

    number: int | None
    moves: tuple[Move, ...]
    origin: str = ""
    target: str = ""
    begin: datetime
    end: datetime
    people: float = 0
    line: tuple[LonLat, ...]
    legs: tuple[LegRecord, ...] = ()

    @property
    def metres(self) -> float:
        """Return how long the row's way is."""
        return sum(move.metres for move in self.moves)


class VanPlan(BaseModel):
    """One van's work: its rows in driving order, and how it announces (metres, km/h, seconds)."""

    model_config = _STRICT

    van: Van
    rows: tuple[Row, ...] = ()
    people: float = 0
    languages: tuple[str, ...] = ()
    kmh: float
    half_width: float
    message_seconds: float
    dwell_seconds: float
    finish: datetime | None = None
    stop: datetime
    notes: tuple[Note, ...] = ()

    @property
    def announced(self) -> tuple[Row, ...]:
        """Return the rows where the van announces."""
        return tuple(row for row in self.rows if row.number is not None)


class Street(BaseModel):
    """A road as the map draws it."""

    model_config = _STRICT

    name: str
    highway: str
    line: tuple[LonLat, ...]


class Plan(BaseModel):
    """The routes of all vans for one alert.

    ``total`` is the people in the area, ``reachable`` those whom some van could reach
    given time, ``reached`` those who hear a whole message before the deadline.
    """

    model_config = _STRICT

    version: int = 1
    alert: str
    briefing: Briefing
    start: datetime
    deadline: datetime
    total: float = 0
    reachable: float = 0
    reached: float = 0
    people_source: str = ""
    vans: tuple[VanPlan, ...]
    area: tuple[tuple[LonLat, ...], ...] = ()
    streets: tuple[Street, ...] = ()
    attribution: str = ATTRIBUTION

    def of(self, van: str) -> VanPlan | None:
        """Return one van's work, None if the fleet has no such van."""
        return next((plan for plan in self.vans if plan.van.id == van), None)
