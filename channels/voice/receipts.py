"""What Twilio says of a call, as receipts."""

from channels._twilio import PROVIDER
from channels._twilio_errors import TwilioErrors
from warnbroker.errors import UnreadableError
from warnbroker.model.receipt import Reason, Receipt, State

CONFIRMING_KEY = "1"

_STATES: dict[str, tuple[State, Reason | None]] = {
    "queued": (State.ACCEPTED, None),
    "initiated": (State.ACCEPTED, None),
    "ringing": (State.HANDED_OFF, None),
    "answered": (State.HANDED_OFF, None),
    "in-progress": (State.HANDED_OFF, None),
    "busy": (State.FAILED_TEMP, Reason.BUSY),
    "no-answer": (State.FAILED_TEMP, Reason.NO_ANSWER),
    "canceled": (State.CANCELLED, None),
}


def call_receipt(
    errors: TwilioErrors,
    sid: str,
    status: str,
    *,
    answered_by: str = "",
    error_code: str = "",
    sequence: str = "",
) -> Receipt:
    """Return the evidence in a call's status.

    ``answered_by`` is Twilio's ``AnsweredBy``, empty where detection is off. Anything but a
    human leaves a weak DELIVERED with the reason MACHINE: nobody may have heard it.

    Raises:
        UnreadableError: the status is not one of a call.
    """
    number = int(sequence) if sequence.isdecimal() else None
    if status == "completed":
        reason = Reason.MACHINE if answered_by not in {"", "human"} else None
        return Receipt(State.DELIVERED, PROVIDER, sid, reason, answered_by or status, number)
    if status == "failed":
        verdict = errors.failure(error_code)
        code = error_code or status
        return Receipt(verdict.state, PROVIDER, sid, verdict.reason, code, number)
    if status not in _STATES:
        raise UnreadableError(f"unknown call status {status[:40]!r}")
    state, cause = _STATES[status]
    return Receipt(state, PROVIDER, sid, cause, status, number)


def key_receipt(sid: str, digits: str) -> Receipt:
    """Return the evidence in a pressed key: 1 confirms, another shows that somebody is there."""
    state = State.CONFIRMED if digits == CONFIRMING_KEY else State.HANDED_OFF
    return Receipt(state, PROVIDER, sid, code=f"digits {digits[:8]}")
