"""Where evidence goes."""

from collections.abc import Sequence
from typing import Protocol

from warnbroker.model.receipt import Evidence


class EvidenceSink(Protocol):
    """Takes evidence and lets it decide what becomes of deliveries."""

    async def record(self, evidence: Sequence[Evidence]) -> None:
        """Return once the evidence is committed; repeats of known evidence change nothing.

        Raises:
            StoreError: the database refused; nothing of it was kept.
        """
        ...
