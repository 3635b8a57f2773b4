"""States of a delivery, and receipts: the evidence that they are folded from."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class State(StrEnum):
    """Where a delivery stands (docs/architecture.md, "The states of a delivery")."""

    QUEUED = "QUEUED"
    CLAIMED = "CLAIMED"
    RETRY_WAIT = "RETRY_WAIT"
    IN_FLIGHT = "IN_FLIGHT"
    UNKNOWN = "UNKNOWN"
    ACCEPTED = "ACCEPTED"
    HANDED_OFF = "HANDED_OFF"
    SUPPRESSED = "SUPPRESSED"
    SUPERSEDED = "SUPERSEDED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    FAILED_TEMP = "FAILED_TEMP"
    FAILED_PERM = "FAILED_PERM"
    DELIVERED = "DELIVERED"
    CONFIRMED = "CONFIRMED"


OPEN = frozenset({State.IN_FLIGHT, State.UNKNOWN})
POSITIVE = frozenset({State.ACCEPTED, State.HANDED_OFF, State.DELIVERED, State.CONFIRMED})
TOLD = frozenset({State.DELIVERED, State.CONFIRMED})
FAILED = frozenset(
    {
        State.SUPPRESSED,
        State.SUPERSEDED,
        State.CANCELLED,
        State.EXPIRED,
        State.FAILED_TEMP,
        State.FAILED_PERM,
    }
)
SCHEDULED = frozenset({State.QUEUED, State.CLAIMED, State.RETRY_WAIT})
MAY_HAVE_BEEN_TOLD = OPEN | POSITIVE
# What the engine itself says about an outcome that nobody knows: its name, and its two decisions.
ENGINE = "warnbroker"
RESEND = "resend"
GIVE_UP = "give_up"
# What a ladder says of an attempt: that another one is wanted, although this one may arrive.
AGAIN = "again"
# What an operator says of an attempt: send it once more, however this one ended.
OPERATOR = "operator"
AWAITING_RECEIPT = frozenset({State.ACCEPTED, State.HANDED_OFF})


class Reason(StrEnum):
    """Why a send or a delivery ended as it did; a closed list, also the metric's label."""

    CONNECT = "connect"
    THROTTLED = "throttled"
    PROVIDER_BUSY = "provider_busy"
    REFUSED_FOR_NOW = "refused_for_now"
    BOUNCED = "bounced"
    RECIPIENT = "recipient"
    CONTENT = "content"
    CONFIG = "config"
    POLICY = "policy"
    TIMEOUT = "timeout"
    RESET = "reset"
    SERVER_ERROR = "server_error"
    CRASH = "crash"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MACHINE = "machine"
    UNREACHABLE = "unreachable"
    OPTED_OUT = "opted_out"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    NOT_PUBLISHED = "not_published"
    UNMARKED = "unmarked"
    AREA_DIFFERS = "area_differs"
    FAULT = "fault"
    SPARED = "spared"


def again_code(step: int, need: State) -> str:
    """Return the words by which a step of a ladder asks for another attempt.

    ``need`` is what makes it needless: DELIVERED, or CONFIRMED.
    """
    return f"{AGAIN}:{step}:{need}"


class Receipt(Struct, frozen=True):
    """One piece of evidence about one attempt, as a channel words it.

    ``code`` is the provider's own word (an error code, a status); ``sequence`` its
    own ordering where it has one. Neither may hold an address. ``retry_after`` is the
    delay in seconds that the provider asked for. ``by_ref`` says that later evidence of the
    attempt will name only ``provider_ref`` (or one of ``more_refs``, where a long message
    got several). ``scope`` narrows a fault of the configuration to ``country/CODE`` or
    ``from/SENDER``, the end of a limit's key; empty where it concerns the whole provider.
    """

    state: State
    provider: str
    provider_ref: str = ""
    reason: Reason | None = None
    code: str = ""
    sequence: int | None = None
    at: datetime | None = None
    retry_after: float = 0.0
    by_ref: bool = False
    more_refs: tuple[str, ...] = ()
    scope: str = ""


class AttemptKey(Struct, frozen=True):
    """One try at one delivery of one alert; attempt 0 stands for the delivery as a whole."""

    alert: str
    delivery: int
    attempt: int

    @property
    def path(self) -> str:
        """Return the form used in callback addresses and return paths."""
        return f"{self.alert}/{self.delivery}.{self.attempt}"

    @classmethod
    def from_path(cls, path: str) -> "AttemptKey":
        """Read ``path`` back.

        Raises:
            ValueError: the text is not of that form.
        """
        alert, _, rest = path.strip("/").partition("/")
        delivery, _, attempt = rest.partition(".")
        return cls(alert, int(delivery), int(attempt))


class Evidence(Struct, frozen=True):
    """A receipt and the attempt it speaks of.

    Without a key it speaks of the attempt that the provider gave its ``provider_ref`` to.
    ``about`` is the address that the receipt is about, in clear, where it may be another
    than the delivery's; it is stored nowhere. If it is another, ``otherwise`` is proven.
    """

    key: AttemptKey | None
    receipt: Receipt
    about: str = ""
    otherwise: Receipt | None = None
