"""What the parts of the engine, and those who extend it, promise each other."""

from warnbroker.contracts.bus import Bus
from warnbroker.contracts.channel import (
    CONTRACT_VERSION,
    Callback,
    CallbackAnswer,
    Channel,
    ChannelContext,
    Measured,
    OutcomeLookup,
    ReceiptParser,
    ReceiptSource,
    RouteProvider,
)
from warnbroker.contracts.clock import Clock

__all__ = [
    "CONTRACT_VERSION",
    "Bus",
    "Callback",
    "CallbackAnswer",
    "Channel",
    "ChannelContext",
    "Clock",
    "Measured",
    "OutcomeLookup",
    "ReceiptParser",
    "ReceiptSource",
    "RouteProvider",
]
