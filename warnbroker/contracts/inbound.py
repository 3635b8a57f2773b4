"""What people send us: a wish to hear no more, a complaint, an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from warnbroker.model.receipt import AttemptKey


class Wish(StrEnum):
    """What a channel or provider says that somebody wants; ``NONE``: read it in the text."""

    NONE = "none"
    STOP = "stop"
    START = "start"
    COMPLAINT = "complaint"
    HARD_BOUNCE = "hard_bounce"


@dataclass(frozen=True, slots=True)
class Said:
    """Something that came in from an address.

    ``address`` is in clear and is stored nowhere else; ``address_kind`` is the kind of
    address it is. ``ref`` is the sender's own id of it, so that a repeat is known as one.
    ``key`` names a delivery (attempt 0) or an attempt where the sender is known by what they
    were sent alone, as by an unsubscribe link: then ``address`` is empty and the delivery's own
    address is meant. With both, as in a bounce, nobody is meant unless they are one. A key that
    no delivery has is nobody.
    """

    channel: str
    address_kind: str
    address: str
    text: str = ""
    wish: Wish = Wish.NONE
    ref: str = ""
    at: datetime | None = None
    key: AttemptKey | None = None


class Hearer(Protocol):
    """Listens to what people send us."""

    async def hear(self, said: Sequence[Said]) -> Sequence[str]:
        """Return once it is committed; a repeat changes nothing.

        Returns the answer to each, in the sender's language where it is known; an empty
        text where none is due.

        Raises:
            StoreError: the database refused; nothing of it was kept.
        """
        ...
