"""The contract of the ledger that keeps how much of each rate is used up, for all processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Want:
    """``number`` sends that wait for a rate, and ``ahead`` more that would soon use it.

    What is ``grave`` may use all of it.
    """

    key: str
    per_second: float
    number: int
    ahead: int = 0
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """How many may go at once, and in how many seconds it pays to ask again."""

    number: int
    wait: float = 0.0


class RateStore(Protocol):
    """Rates that all processes share."""

    async def lease(
        self, wants: Sequence[Want], now: datetime, *, slice_: float, reserve: float
    ) -> Sequence[Grant]:
        """Take what is free of each rate, in one transaction; a grant for each want.

        No more than what ``slice_`` seconds give is ever free at once. The share ``reserve``
        is kept for what is grave, and all of it while something grave waits.

        Raises:
            StoreError: the database refused; nothing is taken.
        """
        ...
