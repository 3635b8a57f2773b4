"""What the channels can tell of those who are sent something."""

from collections.abc import Mapping
from dataclasses import dataclass

from warnbroker.contracts.channel import Channel, ManyProviders
from warnbroker.contracts.escalation import Confirming


@dataclass(frozen=True, slots=True)
class Routes:
    """Answers for channels and providers by their names."""

    channels: Mapping[str, Channel]

    def receipts(self, channel: str, provider: str) -> bool:
        """Tell whether a receipt can come; of what is there no more, nobody expects any."""
        found = self.channels.get(channel)
        if isinstance(found, ManyProviders):
            for one in found.providers():
                if one.name == provider:
                    return one.receipt_timeout is not None
        return found is not None and found.receipt_timeout is not None

    @property
    def confirming(self) -> frozenset[str]:
        """Return the channels on which a person can answer."""
        return frozenset(
            name
            for name, channel in self.channels.items()
            if isinstance(channel, Confirming) and channel.confirms
        )
