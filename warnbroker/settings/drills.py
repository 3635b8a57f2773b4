"""Drills, and the named lists that messages of limited scope go to."""

import re
from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from warnbroker.settings.section import Section

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class Sinks(Section):
    """Addresses that hear every drill, wherever it is held, by the channel that uses them."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, list[str]] = Field(init=False)

    sms: list[str] = []
    voice: list[str] = []
    email: list[str] = []

    @property
    def by_channel(self) -> Mapping[str, Sequence[str]]:
        """Return all of them."""
        own = {"sms": self.sms, "voice": self.voice, "email": self.email}
        return own | self.__pydantic_extra__

    @field_validator("sms", "voice")
    @classmethod
    def _numbers(cls, numbers: list[str]) -> list[str]:
        for number in numbers:
            if not _E164.fullmatch(number):
                raise ValueError("a number must look like +358401234567")
        return numbers

    @field_validator("email")
    @classmethod
    def _mailboxes(cls, mailboxes: list[str]) -> list[str]:
        from email_validator import EmailNotValidError, validate_email

        try:
            return [
                validate_email(
                    text, check_deliverability=False, globally_deliverable=False
                ).normalized
                for text in mailboxes
            ]
        except EmailNotValidError as error:
            raise ValueError(f"is no mailbox: {error}") from error


class Drills(Section):
    """Who hears of an Exercise or a Test.

    ``public`` lets an announced drill go to everybody. ``channels`` are those that a drill
    takes where it does not name its own. ``goal`` is the share of plans to be drilled in a
    year.
    """

    public: bool = False
    channels: list[str] = ["sms", "voice", "email", "feed", "broadcast"]
    sinks: Sinks = Sinks()
    goal: float = Field(default=0.5, ge=0, le=1)


class NamedList(Section):
    """The people of a list: by their own keys (``ref``), or by their roles.

    ``regions`` are codes of region subtrees that those of the roles must be in; none mean
    everywhere.
    """

    names: dict[str, str] = {}
    roles: list[str] = []
    refs: list[str] = []
    regions: list[str] = []

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.roles or self.refs):
            raise ValueError("a list needs roles or refs, or it names nobody")
        return self
