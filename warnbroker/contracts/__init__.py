"""What the parts of the engine, and those who extend it, promise each other."""

from warnbroker.contracts.bus import Bus
from warnbroker.contracts.channel import (
    CONTRACT_VERSION,
    BatchSender,
    Budgeted,
    Callback,
    CallbackAnswer,
    Channel,
    ChannelContext,
    Limit,
    ManyPrefixes,
    ManyProviders,
    Measured,
    NamesLevels,
    NamesRegions,
    OperatorReceipts,
    OutcomeLookup,
    Provider,
    ReceiptParser,
    ReceiptSource,
    Reported,
    RouteProvider,
)
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.enrolment import Enrolment
from warnbroker.contracts.inbound import Hearer, Said, Wish

__all__ = [
    "CONTRACT_VERSION",
    "BatchSender",
    "Budgeted",
    "Bus",
    "Callback",
    "CallbackAnswer",
    "Channel",
    "ChannelContext",
    "Clock",
    "Enrolment",
    "Hearer",
    "Limit",
    "ManyPrefixes",
    "ManyProviders",
    "Measured",
    "NamesLevels",
    "NamesRegions",
    "OperatorReceipts",
    "OutcomeLookup",
    "Provider",
    "ReceiptParser",
    "ReceiptSource",
    "Reported",
    "RouteProvider",
    "Said",
    "Wish",
]
