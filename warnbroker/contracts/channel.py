"""The contract of a channel, and the optional abilities a channel may have besides."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from aiohttp import ClientSession, web
from pydantic import BaseModel

from warnbroker.contracts.clock import Clock
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.message import Message
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Evidence, Receipt
from warnbroker.model.region import Region
from warnbroker.model.subscriber import AddressKind

CONTRACT_VERSION = 1


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What the engine lends a channel while it is open.

    ``session`` is shared by all channels and is closed by the engine; ``regions``
    returns the whole region tree; ``names`` are the municipality's names by language.
    """

    clock: Clock
    session: ClientSession
    public_url: str
    time_zone: ZoneInfo
    languages: tuple[str, ...]
    names: Mapping[str, str]
    regions: Callable[[], Awaitable[Sequence[Region]]]


class Channel(Protocol):
    """A way out. Built as ``cls(cls.Settings(...))`` from its section of the configuration.

    ``address_kind`` says which address of a subscriber it uses; None means that it
    names its own ``targets``. ``concurrency`` is how many sends may be under way at
    once. ``receipt_timeout`` is how many seconds a receipt may take after ACCEPTED or
    HANDED_OFF, None where none ever comes.
    """

    name: ClassVar[str]
    contract_version: ClassVar[int]
    address_kind: ClassVar[AddressKind | None]
    Settings: ClassVar[type[BaseModel]]
    concurrency: int
    receipt_timeout: float | None

    async def open(self, context: ChannelContext) -> None:
        """Acquire what sending needs; called once, inside the running loop."""
        ...

    async def close(self) -> None:
        """Release everything; also called when ``open`` failed."""
        ...

    def faults(self) -> Sequence[str]:
        """Return one line for each thing that keeps it from working; callable unopened."""
        ...

    def targets(self, publication: Publication) -> Sequence[Target]:
        """Return the recipients that the channel names itself; empty if it has an address kind."""
        ...

    async def prepare(self, publication: Publication) -> None:
        """Make what is made once per alert; repeated after a restart, so it must be idempotent.

        Raises:
            TemporarySendError: it may succeed later.
            PermanentSendError: it never will.
        """
        ...

    async def send(self, delivery: Delivery) -> Receipt:
        """Hand one delivery over.

        Raises:
            TemporarySendError: known not sent; another attempt may succeed.
            PermanentSendError: known not sent; no attempt can succeed.
            UnknownOutcome: nobody knows whether it was sent.
        """
        ...


@dataclass(frozen=True, slots=True)
class Callback:
    """A provider's HTTP request to ``/receipts/…``.

    ``path`` is what follows the parser's own prefix; ``url`` is the public address that
    the provider used, query included.
    """

    method: str
    path: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What a callback proved, and what to answer (204 where there is no body)."""

    evidence: tuple[Evidence, ...] = ()
    body: str = ""
    content_type: str = "text/plain"


@runtime_checkable
class ReceiptParser(Protocol):
    """A channel whose provider reports by callback."""

    receipt_prefix: ClassVar[str]

    def parse_receipts(self, callback: Callback) -> CallbackAnswer:
        """Read a callback that came to ``/receipts/{receipt_prefix}/…``.

        Raises:
            SignatureError: it is not the provider's.
            UnreadableError: it is the provider's but makes no sense.
        """
        ...


@runtime_checkable
class ReceiptSource(Protocol):
    """A channel that finds receipts by itself, such as acknowledgement files."""

    async def collect(self) -> Sequence[Evidence]:
        """Return what came in; called about once a second, and again after a crash."""
        ...


@runtime_checkable
class OutcomeLookup(Protocol):
    """A channel whose provider can be asked what became of a send."""

    async def look_up(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """Return what the provider knows of a delivery sent after ``since``; None if nothing.

        Raises:
            SendError: the provider could not be asked.
        """
        ...


@runtime_checkable
class Placeless(Protocol):
    """A channel whose only recipient is everybody: it takes an alert that has no known place."""

    placeless: ClassVar[bool]


@runtime_checkable
class RouteProvider(Protocol):
    """A channel that serves pages of its own."""

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes, to be added once before the server starts."""
        ...


@runtime_checkable
class Measured(Protocol):
    """A channel whose provider bills more than one unit for a long message."""

    def units(self, message: Message) -> int:
        """Return how many units one message takes, such as segments of a text message."""
        ...


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a channel could send now, for the readiness board."""

    channel: str
    faults: tuple[str, ...] = field(default=())
