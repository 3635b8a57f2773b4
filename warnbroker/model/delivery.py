"""A delivery: one message on its way to one address."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from warnbroker.model.message import Message
from warnbroker.model.receipt import AttemptKey
from warnbroker.model.standing import Standing


class Delivery(Struct, frozen=True):
    """What a channel is asked to send; ``address`` is in clear and is stored nowhere else.

    ``address`` is a phone number (E.164), a mailbox, or the id of a feed, station or van.
    ``repeat`` marks a second send after an outcome that nobody knows. ``standing`` is the
    alert's; where it is not known, no channel sends. ``provider`` is the one that the engine
    chose, empty where the channel has only one.
    """

    key: AttemptKey
    channel: str
    address: str
    message: Message
    level: str
    expires: datetime
    repeat: bool = False
    standing: Standing | None = None
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A recipient that a channel names itself: a feed, a station, a van."""

    id: str
    language: str = ""
