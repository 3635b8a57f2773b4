"""What a receipt says about the provider that gave it, rather than about one delivery."""

from enum import Enum, auto

from warnbroker.model.receipt import POSITIVE, Reason, Receipt, State


class Effect(Enum):
    """The provider works, fails, takes no more, is set up wrongly; or nothing is said of it."""

    GOOD = auto()
    BAD = auto()
    THROTTLE = auto()
    CONFIG = auto()
    NONE = auto()


_TROUBLE = frozenset(
    {
        Reason.CONNECT,
        Reason.PROVIDER_BUSY,
        Reason.TIMEOUT,
        Reason.RESET,
        Reason.SERVER_ERROR,
        Reason.FAULT,
    }
)
# Who refuses one recipient or text with a reason of its own is up and working.
_ANSWERS = frozenset({Reason.RECIPIENT, Reason.CONTENT, Reason.OPTED_OUT, Reason.POLICY})


def effect_of(receipt: Receipt) -> Effect:
    """Return what a receipt says of its provider."""
    if receipt.state in POSITIVE or receipt.reason in _ANSWERS:
        return Effect.GOOD
    if receipt.reason is Reason.CONFIG:
        return Effect.CONFIG
    if receipt.reason is Reason.THROTTLED:
        return Effect.THROTTLE
    failed = receipt.state in {State.UNKNOWN, State.FAILED_TEMP}
    return Effect.BAD if failed and receipt.reason in _TROUBLE else Effect.NONE
