"""The scale of levels, the routes they take, and the hazards they exist for."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from warnbroker.model.enums import Category, Certainty, Severity, Urgency
from warnbroker.settings.section import Section


class LevelSection(Section):
    """One level of the scale."""

    rank: int = Field(ge=1)
    numeral: str = ""
    colour: str = "#000000"
    names: dict[str, str]
    aliases: list[str] = []
    expires_after: timedelta = timedelta(hours=6)
    resend_unknown: bool = False
    requires: list[Literal["instruction", "onset", "expires", "languages"]] = []


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
    """One row of the hazard register.

    ``notify`` maps a level to the authorities told of it; ``reach`` is how many kilometres
    beyond the area the hazard may act.
    """

    names: dict[str, str]
    category: Category
    department: dict[str, str]
    levels: list[str]
    instructions: dict[str, str] = {}
    notify: dict[str, list[str]] = {}
    reach: float = Field(default=0, ge=0)
