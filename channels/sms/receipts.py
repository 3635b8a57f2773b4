"""What Twilio says of a message, as receipts."""

from channels._routing import scope_of
from channels._twilio import PROVIDER
from channels._twilio_errors import TwilioErrors
from warnbroker.errors import UnreadableError
from warnbroker.model.receipt import Receipt, State

_STATES = {
    "queued": State.ACCEPTED,
    "accepted": State.ACCEPTED,
    "scheduled": State.ACCEPTED,
    "sending": State.ACCEPTED,
    "sent": State.HANDED_OFF,
    "partially_delivered": State.HANDED_OFF,
    "delivered": State.DELIVERED,
    "read": State.CONFIRMED,
    "canceled": State.CANCELLED,
}
_FAILED = frozenset({"undelivered", "failed"})


def message_receipt(
    errors: TwilioErrors,
    sid: str,
    status: str,
    error_code: str,
    *,
    sender: str = "",
    address: str = "",
) -> Receipt:
    """Return the evidence in a message's status and error code.

    ``sender`` and ``address`` are whom alone a fault of the configuration may concern.

    Raises:
        UnreadableError: the status is not one of an outgoing message.
    """
    if status in _FAILED:
        verdict = errors.failure(error_code)
        scope, code = scope_of(verdict.scope, sender, address), error_code or status
        return Receipt(verdict.state, PROVIDER, sid, verdict.reason, code, scope=scope)
    if status not in _STATES:
        raise UnreadableError(f"unknown message status {status[:40]!r}")
    return Receipt(_STATES[status], PROVIDER, sid, code=status)
