"""What the channel asks of each of its providers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from warnbroker.contracts import Callback, CallbackAnswer, ChannelContext
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import Receipt


class Text(Struct, frozen=True):
    """One text on its way: its words, the sender it goes out under, and the delivery."""

    delivery: Delivery
    body: str
    sender: str


class TextProvider(Protocol):
    """One company or box that takes text messages; one that ``needs_sender`` gets none without."""

    name: str
    needs_sender: bool
    concurrency: int
    receipt_timeout: float | None

    async def open(self, context: ChannelContext) -> None:
        """Acquire what sending needs."""
        ...

    async def close(self) -> None:
        """Release everything; also called when ``open`` failed."""
        ...

    def faults(self) -> Sequence[str]:
        """Return one line for each thing that keeps it from working."""
        ...

    def segments(self, text: str) -> int:
        """Return how many segments a text takes in the alphabet that this provider sends in."""
        ...

    async def send(self, text: Text) -> Receipt:
        """Hand one text over.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        ...

    async def look_up(self, text: Text, since: datetime) -> Receipt | None:
        """Return what became of a text sent after ``since``; None if nothing is known.

        Raises:
            SendError: it could not be asked.
        """
        ...

    def report(self, callback: Callback, path: str) -> CallbackAnswer:
        """Read a callback about what was sent; ``path`` names the attempt, where it does.

        Raises:
            SignatureError: it is not the provider's.
            UnreadableError: it makes no sense.
        """
        ...

    def inbound(self, callback: Callback) -> CallbackAnswer:
        """Read what somebody wrote to us.

        Raises:
            SignatureError: it is not the provider's.
            UnreadableError: it makes no sense.
        """
        ...
