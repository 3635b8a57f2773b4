"""The bus: carries hints between steps; what it loses, a sweep of the store finds again."""

from typing import Protocol

PLAN_TOPIC = "plan"


def lane_topic(channel: str) -> str:
    """Return the topic on which a channel's lane waits."""
    return f"lane.{channel}"


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
