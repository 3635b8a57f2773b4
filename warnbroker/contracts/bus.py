"""The bus: carries hints between steps; what it loses, a sweep of the store finds again."""

from typing import Protocol


class Bus(Protocol):
    """Wakes whoever waits on a topic."""

    async def announce(self, topic: str) -> None:
        """Tell everyone who waits on the topic that there is work."""
        ...

    async def wait(self, topic: str, seconds: float) -> None:
        """Return at the topic's next announcement, or when the time is over.

        An announcement made while nobody waited is remembered, once.
        """
        ...
