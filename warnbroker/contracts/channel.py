"""The contract of a channel, and the optional abilities a channel may have besides."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from aiohttp import ClientSession, web
from pydantic import BaseModel

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.enrolment import Enrol, Forget, nobody_enrols, nobody_forgets
from warnbroker.contracts.inbound import Said
from warnbroker.errors import SendError, StoreError
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.message import Message
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import AttemptKey, Evidence, Receipt
from warnbroker.model.region import Region

CONTRACT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report says of one recipient; ``key`` is the attempt that it seems to be about."""

    recipient: str
    status: str
    permanent: bool
    key: AttemptKey | None = None


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What a callback proved and what people said in it; what to answer.

    ``reported`` is answered as JSON to an operator who handed the report in, with the
    deliveries that the ledger knows. ``reply`` makes the body out of the answers to what was
    said, in its order; it is asked where there is an answer. ``headers`` gives those of a
    body; ``bodiless`` is the status where there is none.
    """

    evidence: tuple[Evidence, ...] = ()
    body: str = ""
    content_type: str = "text/plain"
    said: tuple[Said, ...] = ()
    reported: tuple[Reported, ...] | None = None
    reply: Callable[[Sequence[str]], str] | None = None
    headers: Callable[[str], Mapping[str, str]] | None = None
    bodiless: int = 204


Report = Callable[[CallbackAnswer], Awaitable[Sequence[str]]]
"""Takes what a channel learnt by itself, such as over a connection that it holds open.

Returns once it is committed, so that the channel may then tell its peer that it has it; the
texts are answers to what was ``said``, in its order. Raises StoreError: nothing was kept.
"""


async def unheard(_answer: CallbackAnswer) -> Sequence[str]:
    """Refuse a report, where nobody lends an ear.

    Raises:
        StoreError: always.
    """
    raise StoreError("nobody takes reports here")


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What the engine lends a channel while it is open.

    ``session`` is shared by all channels and is closed by the engine; ``regions``
    returns the whole region tree; ``names`` are the municipality's names by language. With
    ``enrol`` and ``forget`` a page of the channel's own takes subscriptions.
    """

    clock: Clock
    session: ClientSession
    public_url: str
    time_zone: ZoneInfo
    languages: tuple[str, ...]
    names: Mapping[str, str]
    regions: Callable[[], Awaitable[Sequence[Region]]]
    report: Report = unheard
    enrol: Enrol = nobody_enrols
    forget: Forget = nobody_forgets


class Channel(Protocol):
    """A way out. Built as ``cls(cls.Settings(...))`` from its section of the configuration.

    ``address_kind`` says which address of a subscriber it uses, a word of its own or one of
    ``AddressKind``; None means that it names its own ``targets``. ``concurrency`` is how many
    sends may be under way at once. ``receipt_timeout`` is how many seconds a receipt may take
    after ACCEPTED or HANDED_OFF, None where none ever comes.
    """

    name: ClassVar[str]
    contract_version: ClassVar[int]
    Settings: ClassVar[type[BaseModel]]
    concurrency: int
    receipt_timeout: float | None

    @property
    def address_kind(self) -> str | None:
        """Return the kind of address that it uses; a class variable does."""
        ...

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


@runtime_checkable
class BatchSender(Protocol):
    """A channel that can hand over several deliveries of one message at once.

    ``batch`` is how many at most; 1 where its settings want each one alone, and then
    ``send_batch`` is not called. A batch takes the place of one send in ``concurrency``.
    """

    batch: int

    async def send_batch(self, deliveries: Sequence[Delivery]) -> Sequence[Receipt | SendError]:
        """Hand over one to ``batch`` deliveries; return what became of each, in their order.

        All are of one alert, one message and one provider. A fault of one is not another's,
        and nothing is raised for any of them: if an error does come out, nobody knows what
        became of any.
        """
        ...


@dataclass(frozen=True, slots=True)
class Callback:
    """A provider's HTTP request to ``/receipts/…``.

    ``path`` is what follows the parser's ``prefix``; ``url`` is the public address that
    the provider used, query included.
    """

    method: str
    path: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    prefix: str = ""


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
class ManyPrefixes(ReceiptParser, Protocol):
    """A receipt parser that takes callbacks below other prefixes too; a callback names its own."""

    more_prefixes: ClassVar[tuple[str, ...]]


@runtime_checkable
class OperatorReceipts(Protocol):
    """A channel whose reports an operator hands in, with their own key.

    They come to ``/receipts/{report_path}``; ``largest_report`` is how many bytes one may have.
    """

    report_path: ClassVar[str]
    largest_report: ClassVar[int]

    async def read_report(self, body: bytes) -> CallbackAnswer:
        """Read a report; the answer's ``reported`` is what the operator is told of it.

        Raises:
            UnreadableError: it makes no sense.
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


@dataclass(frozen=True, slots=True)
class Limit:
    """So many sends a second, counted under ``key`` by all processes that share the ledger.

    Keys of one channel: ``PROVIDER``, ``PROVIDER/from/SENDER``, ``PROVIDER/country/CODE``.
    ``math.inf`` a second bounds nothing; it tells what a send counts to when a fault of the
    configuration concerns only that sender or country (a receipt's ``scope``).
    """

    key: str
    per_second: float


@dataclass(frozen=True, slots=True)
class Provider:
    """One of the companies or boxes that a channel can hand its deliveries to.

    ``weight`` is its share of what is sent while all are well; one of weight 0 is used
    when no other can be. ``prefixes`` begin the addresses that it serves, empty for all.
    ``receipt_timeout`` is how many seconds a receipt may take, None where none ever comes.
    """

    name: str
    weight: float = 1.0
    prefixes: tuple[str, ...] = ()
    receipt_timeout: float | None = None

    def serves(self, address: str) -> bool:
        """Tell whether it takes that address."""
        return not self.prefixes or address.startswith(self.prefixes)


@runtime_checkable
class ManyProviders(Protocol):
    """A channel with a choice of providers; ``Delivery.provider`` names the chosen one.

    A receipt's ``provider`` is the name of the provider that it comes from.
    """

    def providers(self) -> Sequence[Provider]:
        """Return the providers; the same for as long as the channel is open."""
        ...

    def limits(self, address: str, provider: str) -> Sequence[Limit]:
        """Return the rates that a send to an address counts against; cheap to call."""
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


@runtime_checkable
class Budgeted(Measured, Protocol):
    """A channel that bounds how many units a message of a level should take."""

    def budget(self, level: str) -> int:
        """Return the most units; what must be said is said even if it takes more."""
        ...


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a channel could send now, for the readiness board."""

    channel: str
    faults: tuple[str, ...] = field(default=())
