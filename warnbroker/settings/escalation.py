"""Ladders: what is done, step by step, where no receipt comes."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from warnbroker.contracts.wording import shaped
from warnbroker.model.ladder import Action
from warnbroker.settings.section import Section

_Need = Literal["delivered", "confirmed"]
_NEVER = timedelta(0)
_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_Hours = Annotated[str, shaped(f"{_TIME}-{_TIME}", "22:00-07:00")]


class Rung(Section):
    """One step: ``do`` what, ``after`` the one before, ``unless`` somebody is reached."""

    after: timedelta = Field(ge=_NEVER, le=timedelta(days=2))
    do: Action
    unless: _Need = "delivered"
    at_night: _Need | None = None
    channels: list[str] = []
    roles: list[str] = []
    no_receipt: bool = False

    @model_validator(mode="after")
    def _has_channels(self) -> Self:
        if self.do is Action.CHANNELS and not self.channels:
            raise ValueError("do: channels needs the channels that it adds")
        return self


class Escalation(Section):
    """The ladders by level, the night, and what keeps a storm away."""

    night: _Hours = "22:00-07:00"
    per_minute: int = Field(default=600, gt=0)
    most_per_person: int = Field(default=6, ge=0)
    unsent_after: timedelta = Field(default=timedelta(minutes=10), ge=_NEVER)
    gather: timedelta = Field(default=timedelta(seconds=30), ge=_NEVER)
    tell_again: timedelta = Field(default=timedelta(minutes=10), gt=_NEVER)
    vans_every: timedelta = Field(default=timedelta(minutes=10), gt=_NEVER)
    link_lasts: timedelta = Field(default=timedelta(days=7), gt=_NEVER)
    ladders: dict[str, list[Rung]] = {}

    @field_validator("night", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return "00:00-00:00" if value in (None, "", False) else value
