"""What intake asks of the ledger about suppressed addresses."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from warnbroker.model.actor import Actor
from warnbroker.model.suppression import Request, Suppression, SuppressionReason


class SuppressionStore(Protocol):
    """Suppressed addresses: those standing, and all that ever were."""

    async def hear(self, requests: Sequence[Request], now: datetime) -> Sequence[bool]:
        """Carry out what people want; a repeat of a ``ref`` on a channel changes nothing.

        Returns for each whether the address is known that it is about.
        """
        ...

    async def languages(self, addresses: Sequence[tuple[str, str]]) -> Sequence[str]:
        """Return the language of whoever has each address, empty where none is known."""
        ...

    async def page(
        self,
        after: int,
        limit: int,
        *,
        standing: bool = True,
        addresses: Sequence[tuple[str, str]] | None = None,
    ) -> Sequence[Suppression]:
        """Return suppressions in the order of their ids, those of some addresses or all."""
        ...

    async def add(
        self,
        addresses: Sequence[tuple[str, str]],
        scope: str,
        reason: SuppressionReason,
        *,
        actor: Actor,
        now: datetime,
    ) -> Sequence[Suppression]:
        """Suppress addresses; return what stands of that scope and reason for them now."""
        ...

    async def lift(self, suppression_id: int, *, actor: Actor, now: datetime) -> None:
        """Lift a suppression; one that is lifted stays as it is.

        Raises:
            NotFoundError: there is none of that id.
        """
        ...

    async def learn(self, failures: int, now: datetime) -> None:
        """Suppress what providers refuse: at once where somebody opted out there.

        Elsewhere after so many permanent failures of an address on a channel in a row.
        """
        ...
