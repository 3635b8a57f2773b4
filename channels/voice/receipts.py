"""What Twilio says of a call, as receipts."""

from dataclasses import dataclass
from typing import Any

from channels._twilio import PROVIDER
from channels._twilio_callbacks import Form
from channels._twilio_errors import TwilioErrors
from warnbroker.errors import UnreadableError
from warnbroker.model.receipt import Reason, Receipt, State

CONFIRMING_KEY = "1"
LANGUAGE_KEYS = frozenset("*9")

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


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What Twilio says of a call; empty where it does not.

    ``answered_by`` is Twilio's ``AnsweredBy``; ``seconds`` is how long a completed call lasted.
    """

    sid: str
    status: str
    answered_by: str = ""
    error_code: str = ""
    sequence: str = ""
    seconds: str = ""


def facts_of(form: Form) -> CallFacts:
    """Return what a callback says of a call.

    Raises:
        UnreadableError: it says it twice, and differently.
    """
    return CallFacts(
        form.one("CallSid"),
        form.one("CallStatus"),
        form.one("AnsweredBy"),
        form.one("ErrorCode"),
        form.one("SequenceNumber"),
        form.one("CallDuration"),
    )


def facts_of_record(call: Any) -> CallFacts:
    """Return what a look-up says of a call; the SDK ships no types."""
    return CallFacts(
        call.sid, str(call.status), call.answered_by or "", seconds=str(call.duration or "")
    )


def call_receipt(facts: CallFacts, errors: TwilioErrors, heard_after: int = 1) -> Receipt:
    """Return the evidence in a call's status; a shorter one than ``heard_after`` was not heard.

    Raises:
        UnreadableError: the status is not one of a call.
    """
    state, reason, code = _judged(facts, errors, heard_after)
    number = int(facts.sequence) if facts.sequence.isdecimal() else None
    return Receipt(state, PROVIDER, facts.sid, reason, code, number)


def _judged(
    facts: CallFacts, errors: TwilioErrors, heard_after: int
) -> tuple[State, Reason | None, str]:
    if facts.status == "completed":
        return _completed(facts, heard_after)
    if facts.status == "failed":
        verdict = errors.failure(facts.error_code)
        return verdict.state, verdict.reason, facts.error_code or facts.status
    if facts.status not in _STATES:
        raise UnreadableError(f"unknown call status {facts.status[:40]!r}")
    return (*_STATES[facts.status], facts.status)


def key_receipt(provider: str, sid: str, digits: str) -> Receipt:
    """Return the evidence in a pressed key: 1 confirms, another shows that somebody is there."""
    state = State.CONFIRMED if digits == CONFIRMING_KEY else State.HANDED_OFF
    return Receipt(state, provider, sid, code=f"digits {digits[:8]}")


def _completed(facts: CallFacts, heard_after: int) -> tuple[State, Reason | None, str]:
    by = facts.answered_by
    if by == "fax":
        # No call will ever be heard on that line; another way must be found now.
        return State.FAILED_PERM, Reason.RECIPIENT, by
    if facts.seconds.isdecimal() and int(facts.seconds) < heard_after:
        # Whoever takes a call and hangs up at once has heard nothing.
        return State.FAILED_TEMP, Reason.NO_ANSWER, "hung up"
    # A machine keeps the message for whoever may listen later, and without a word on who it
    # was nobody knows whether a person heard it: told, but weakly.
    return State.DELIVERED, None if by == "human" else Reason.MACHINE, by or facts.status
