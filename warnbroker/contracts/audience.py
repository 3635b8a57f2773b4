"""How many people an alert is for."""

from typing import Protocol

from warnbroker.model.record import AlertRecord


class HeadCount(Protocol):
    """Counts the people whom an alert would tell."""

    async def people(self, record: AlertRecord) -> int:
        """Return how many subscribers would be told, each counted once; nothing is written."""
        ...
