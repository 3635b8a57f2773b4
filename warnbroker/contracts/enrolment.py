"""What a channel's own page asks of the subscriber list: take somebody in, let an address go."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from warnbroker.errors import StoreError
from warnbroker.model.alert import Position


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One address of somebody who subscribes by themselves.

    ``ref`` is the page's own key of the person, which nobody else can guess; ``kind`` is the
    channel's ``address_kind``. Of a ref that is known the address of that kind is replaced,
    and what is given besides; ``regions`` and ``position`` are given together or not at all.
    """

    ref: str
    kind: str
    address: str
    language: str = ""
    regions: tuple[str, ...] = ()
    position: Position | None = None
    min_level: str = ""


Enrol = Callable[[Enrolment], Awaitable[None]]
"""Takes an enrolment in; committed when it returns.

Raises EnrolmentError: it breaks rules, all of which are named; StoreError: nothing was kept.
"""

Forget = Callable[[str, str], Awaitable[None]]
"""Removes an address, by kind and text, from everybody who has it; committed when it returns.

Who has no other address is removed as well. An unknown address changes nothing.
Raises StoreError: nothing was changed.
"""


async def nobody_enrols(_enrolment: Enrolment) -> None:
    """Refuse, where nobody takes subscriptions.

    Raises:
        StoreError: always.
    """
    raise StoreError("nobody takes subscriptions here")


async def nobody_forgets(_kind: str, _address: str) -> None:
    """Refuse, where nobody takes subscriptions.

    Raises:
        StoreError: always.
    """
    raise StoreError("nobody takes subscriptions here")
