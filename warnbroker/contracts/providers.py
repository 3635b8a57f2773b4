"""The contract of the ledger that keeps what each process knows of the providers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from warnbroker.model.actor import Actor
from warnbroker.model.provider import ProviderReport


@dataclass(frozen=True, slots=True)
class Noted:
    """What a process, the ``owner``, knew of a provider at a moment."""

    owner: str
    at: datetime
    report: ProviderReport


class ProviderStore(Protocol):
    """The health of providers, a row for each process that uses them."""

    async def note(self, owner: str, reports: Sequence[ProviderReport], now: datetime) -> None:
        """Write what a process knows; what ended processes knew is dropped after a while.

        Raises:
            StoreError: the database refused.
        """
        ...

    async def known(self) -> Sequence[Noted]:
        """Return what every process knows or knew, the newest first.

        Raises:
            StoreError: the database refused.
        """
        ...

    async def reset(self, channel: str, provider: str, now: datetime, *, actor: Actor) -> None:
        """Note, for every process and on the record, that a provider is to count as well.

        Raises:
            StoreError: the database refused.
        """
        ...

    async def resets(self) -> Mapping[tuple[str, str], datetime]:
        """Return when each provider was last reset, by channel and name.

        Raises:
            StoreError: the database refused.
        """
        ...

    async def tested(self) -> Mapping[str, datetime]:
        """Return when each channel last handed over something of a drill.

        Raises:
            StoreError: the database refused.
        """
        ...
