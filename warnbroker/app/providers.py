"""The providers of the channels, and the parts that choose among them."""

from collections.abc import Mapping, Sequence

from warnbroker.contracts.channel import Channel, ManyProviders


def provider_names(channels: Mapping[str, Channel], channel: str) -> Sequence[str]:
    """Return the names of a channel's providers; none where it has no choice."""
    found = channels.get(channel)
    if not isinstance(found, ManyProviders):
        return ()
    return [provider.name for provider in found.providers()]
