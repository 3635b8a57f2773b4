"""What lists from door to door ask of the ledger, and of those who use them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from warnbroker.contracts.escalation import Unreached
from warnbroker.model.actor import Actor
from warnbroker.model.doorstep import Answer, Door, DoorList, Holder, Visit
from warnbroker.model.ladder import Action
from warnbroker.model.receipt import AttemptKey
from warnbroker.model.record import Candidate


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place on the list of a holder, ``DESK`` where there is none."""

    holder_id: int
    who: Unreached


class LinkSeal(Protocol):
    """Makes and opens links that nobody can guess."""

    def seal(self, number: int) -> str:
        """Return a short text that stands for a number."""
        ...

    def open(self, text: str) -> int | None:
        """Return the number, None where the text is not ours."""
        ...


class DoorstepStore(Protocol):
    """Lists, the people on them, and their answers."""

    async def open(
        self, alert_id: int, action: Action, places: Sequence[Place], outcome: str, now: datetime
    ) -> None:
        """Put people on lists, once each, and note that they wait no more; one transaction."""
        ...

    async def untold(
        self, now: datetime, gather: timedelta, again: timedelta, limit: int
    ) -> Sequence[DoorList]:
        """Return lists whose holders have not been told of all of it, and should be by now."""
        ...

    async def over(self, limit: int) -> Sequence[DoorList]:
        """Return lists whose holders were told of them, and not that something ended them."""
        ...

    async def told(self, found: DoorList, now: datetime) -> None:
        """Note that the holder is being told of a list as it is."""
        ...

    async def lists(self, alert_id: int) -> Sequence[DoorList]:
        """Return the lists of an alert."""
        ...

    async def find(self, list_id: int) -> DoorList | None:
        """Return a list."""
        ...

    async def doors(self, lists: Sequence[DoorList]) -> Sequence[Door]:
        """Return who is on lists, those who need it most first."""
        ...

    async def holder(self, subscriber_id: int) -> Holder | None:
        """Return who somebody is that holds a list."""
        ...

    async def holders_at(self, kind: str, address: str) -> Sequence[Holder]:
        """Return the holders of lists who have an address."""
        ...

    async def held(self, holder_id: int, since: datetime) -> Sequence[DoorList]:
        """Return somebody's lists that were opened after a moment, the newest first."""
        ...

    async def people(self, subscriber_ids: Sequence[int]) -> Mapping[int, Candidate]:
        """Return subscribers by their ids."""
        ...

    async def attempts(
        self, alert_id: int, subscriber_ids: Sequence[int]
    ) -> Mapping[int, AttemptKey]:
        """Return what stands for the visits to people, where evidence of them belongs."""
        ...

    async def answer(
        self, alert_id: int, given: Sequence[Visit], *, via: str, actor: Actor, at: datetime
    ) -> int:
        """Keep answers with their entry in the record; return how many are new."""
        ...


class Answering(Protocol):
    """Takes what came of visits."""

    async def answer(
        self,
        alert_id: int,
        answers: Sequence[tuple[Door, Answer]],
        *,
        via: str,
        actor: Actor,
        ref: str = "",
    ) -> int:
        """Return how many answers were new.

        ``ref`` is the sender's own id of what they said, so that a repeat is known as one.

        Raises:
            StoreError: the database refused; some of it may be kept, and may come again.
        """
        ...
