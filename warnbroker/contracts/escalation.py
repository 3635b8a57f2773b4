"""What escalation asks of the ledger, and of channels that can go where nobody was reached."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable

from warnbroker.model.alert import Position
from warnbroker.model.ladder import Action, Climber
from warnbroker.model.publication import Publication
from warnbroker.model.record import PlannedDelivery

Receipts = Callable[[str, str], bool]
"""Tells whether a receipt can come of a channel and a provider, which may be empty."""


Capable = Mapping[str, Collection[str] | None]
"""Channels on which receipts can come; not all of them: with the providers that give any."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How many people of an alert were reached how well, each counted once, at their best.

    ``no_receipt`` are those on whose routes no receipt is possible. ``steps`` counts steps by
    action and outcome; ``climbing`` are people who are still looked at, ``delayed`` those who
    have to wait, by the cause; ``listed`` have ever been on lists, ``open`` must still be gone
    to, ``desk`` are those of them on lists that nobody holds; ``answers`` are the newest.
    """

    people: int
    confirmed: int
    delivered: int
    no_receipt: int
    unreached: int
    steps: Mapping[str, Mapping[str, int]]
    climbing: int
    delayed: Mapping[str, int]
    listed: int
    open: int
    desk: int
    answers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that is taken for somebody: what it sends, or that they ``wait`` for a list or plan.

    ``again`` are deliveries to be attempted once more, ``wish`` what is said of their newest
    attempt then; ``planned`` are new ones. ``outcome`` is a word for the record.
    """

    number: int
    action: Action
    region: str
    outcome: str
    again: tuple[int, ...] = ()
    wish: str = ""
    planned: tuple[PlannedDelivery, ...] = ()
    waits: bool = False

    @property
    def messages(self) -> int:
        """Return how many messages it adds."""
        return len(self.again) + len(self.planned)


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of somebody on their ladder; without ``due_at`` they leave it.

    ``step`` is how many steps are behind them then. ``delayed_by`` says what holds them up.
    Whoever takes a step stays, to be looked at again.
    """

    climber: Climber
    step: int
    due_at: datetime | None = None
    taken: Taken | None = None
    delayed_by: str = ""


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody whom a step wants to be looked after by hand, since ``at``."""

    alert_id: int
    subscriber_id: int
    step: int
    region: str
    at: datetime | None = None


class LadderStore(Protocol):
    """Where people stand on their ladders, and the steps that were taken."""

    async def due(
        self, rank: int, now: datetime, limit: int, receipts: Receipts
    ) -> Sequence[Climber]:
        """Return those of a rank who are due to be looked at, the longest due first."""
        ...

    async def move(self, moves: Sequence[Move], now: datetime) -> int:
        """Write moves in one transaction; return how many steps were really taken.

        Whoever has been moved meanwhile, or whose alert was stopped, stays as they are.
        """
        ...

    async def messages_since(self, since: datetime) -> Mapping[str, int]:
        """Return how many messages the ladders have added since a moment, by region."""
        ...

    async def waiting(
        self, action: Action, limit: int, but: Collection[int] = ()
    ) -> Sequence[Unreached]:
        """Return those who wait for a list or a plan, of one alert and not of some."""
        ...

    async def settle(self, waiting: Collection[Unreached], turn: int, outcome: str) -> None:
        """Note that a list or plan has taken them up."""
        ...

    async def reached(
        self, alert_id: int, capable: Capable, confirming: Collection[str]
    ) -> Reached:
        """Count the people of an alert."""
        ...

    async def rounds(self, alert_id: int, action: Action) -> tuple[int, datetime | None]:
        """Return how many lists or plans there were for an alert, and when the last was."""
        ...


@runtime_checkable
class Confirming(Protocol):
    """A channel on which the person who is told can confirm it, such as by pressing a key."""

    confirms: ClassVar[bool]


@runtime_checkable
class Favouring(Protocol):
    """A channel that can go where people were not reached, such as loudspeaker vans."""

    async def favour(
        self, publication: Publication, where: Sequence[tuple[Position, int]], turn: int
    ) -> None:
        """Plan anew, first for those places and so many people there.

        The same ``turn`` again changes nothing. What was planned is then sent to every target.

        Raises:
            TemporarySendError: it may succeed later.
            PermanentSendError: it never will.
        """
        ...
