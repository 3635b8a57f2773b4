"""Lists of people to be told face to face, and what those who went there say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from warnbroker.model.alert import Position
from warnbroker.model.enums import MsgType
from warnbroker.model.ladder import Action
from warnbroker.model.receipt import State

DESK = 0
"""Stands for the holder of a list that nobody in the region could be given."""

EXPIRED = "expired"

FIRST = ("officer", "school", "hospital", "disabled")
"""The roles that stand first on a list, in this order."""


class Answer(StrEnum):
    """What became of a visit."""

    REACHED = "reached"
    NOT_AT_HOME = "not_at_home"
    REFUSES = "refuses"
    NEEDS_HELP = "needs_help"

    @property
    def is_told(self) -> bool:
        """Say whether the person knows of the warning now."""
        return self is not Answer.NOT_AT_HOME


@dataclass(frozen=True, slots=True)
class DoorList:
    """A list in somebody's hands; ``told_of`` is how many were on it when they were last told.

    ``number`` counts the lists of an alert, ``tellings`` how often the holder was told.
    ``expires`` is when its alert does, ``stopped_as`` what took the alert's place.
    """

    id: int
    alert_id: int
    alert: str
    action: Action
    number: int
    holder_id: int
    opened_at: datetime
    size: int
    told_of: int = 0
    tellings: int = 0
    expires: datetime | None = None
    stopped_as: MsgType | None = None

    def ending(self, now: datetime) -> str:
        """Return how its warning ended: ``Cancel``, ``Update``, ``expired``; empty in force."""
        if self.stopped_as is not None:
            return self.stopped_as
        return EXPIRED if self.expires is not None and self.expires <= now else ""


@dataclass(frozen=True, slots=True)
class Door:
    """Somebody on a list; name, phone and mailbox are in clear and stand nowhere else.

    ``number`` is what the holder calls them by. ``sent`` is how far it came by channel;
    ``answers`` are all about them, by when they were given.
    """

    list_id: int
    number: int
    subscriber_id: int
    ref: str
    name: str
    role: str
    language: str
    region: str
    position: Position | None
    phone: str
    sent: Mapping[str, State]
    answer: Answer | None = None
    by: str = ""
    answered_at: datetime | None = None
    answers: Mapping[datetime, Answer] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Say whether somebody must still go there: nobody told them, and they did not confirm."""
        told = self.answer is not None and self.answer.is_told
        return not told and State.CONFIRMED not in self.sent.values()

    @property
    def turn(self) -> tuple[bool, int, int]:
        """Return what sorts a list: who needs it most first, who was not at home last."""
        first = FIRST.index(self.role) if self.role in FIRST else len(FIRST)
        return self.answer is not None, first, self.number


@dataclass(frozen=True, slots=True)
class Visit:
    """An answer about somebody; ``ref`` tells one that comes twice from two alike."""

    subscriber_id: int
    answer: Answer
    ref: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a list: a contact person or an officer, as far as answering asks."""

    subscriber_id: int
    ref: str
    name: str
    language: str
