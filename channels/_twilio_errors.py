"""What Twilio's refusals mean: one table for answers to requests and for callbacks.

The codes' meanings: https://www.twilio.com/docs/api/errors. The verdicts are our own judgement.
"""

import json
from typing import NamedTuple

from warnbroker.errors import PermanentSendError, SendError, TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import Reason, State

CONFIG_PAUSE = 60.0
BAD_CALLBACK = "21609"


class Verdict(NamedTuple):
    """How a refused attempt ends, and why."""

    state: State
    reason: Reason


THROTTLE = Verdict(State.FAILED_TEMP, Reason.THROTTLED)
CONFIG = Verdict(State.FAILED_TEMP, Reason.CONFIG)
UNREACHABLE = Verdict(State.FAILED_TEMP, Reason.UNREACHABLE)
BUSY = Verdict(State.FAILED_TEMP, Reason.PROVIDER_BUSY)
UNLISTED = Verdict(State.FAILED_TEMP, Reason.REFUSED_FOR_NOW)
RECIPIENT = Verdict(State.FAILED_PERM, Reason.RECIPIENT)
OPTED_OUT = Verdict(State.FAILED_PERM, Reason.OPTED_OUT)
CONTENT = Verdict(State.FAILED_PERM, Reason.CONTENT)
POLICY = Verdict(State.FAILED_PERM, Reason.POLICY)
EXPIRED = Verdict(State.EXPIRED, Reason.EXPIRED)
UNKNOWN = Verdict(State.UNKNOWN, Reason.SERVER_ERROR)

CODES: dict[int, Verdict] = {
    **dict.fromkeys((20429, 21611, 30001, 30022, 63017, 63018, 14107, 22005), THROTTLE),
    **dict.fromkeys((20003, 20005, 20404, 30002, 30010), CONFIG),
    **dict.fromkeys((21212, 21215, 21408, 21603, 21606, 21609, 21659, 21660), CONFIG),
    **dict.fromkeys((21211, 21214, 21217, 21265, 21614, 30005, 30006, 13224, 13226), RECIPIENT),
    21610: OPTED_OUT,
    **dict.fromkeys((21602, 21605, 21617, 21620), CONTENT),
    **dict.fromkeys((30004, 30007, 30032, 30034, 30453, 32224), POLICY),
    **dict.fromkeys((30003, 30008), UNREACHABLE),
    **dict.fromkeys((30017, 30410), BUSY),
    30036: EXPIRED,
    **dict.fromkeys((20500, 20503), UNKNOWN),
}

# A refusal that no row names is tried again until the warning expires: to give people up
# for a code that Twilio invented yesterday would be worse.
_STATUSES = {**dict.fromkeys((401, 403, 404), CONFIG), 413: CONTENT, 429: THROTTLE}


def refusal(status: int, body: str, retry_after: str = "") -> SendError:
    """Return the error for an HTTP answer other than 2xx.

    A 5xx says nothing of whether the request was carried out, whatever code it holds
    (Twilio's page on error 20500); ``retry_after`` is the header, read where it is in seconds.
    """
    code = _code(body)
    label = str(code or status)
    detail = f"Twilio answered {status}, code {label}"
    state, reason = _verdict(status, code)
    if state is State.UNKNOWN:
        return UnknownOutcome(reason, detail, code=label)
    if state is not State.FAILED_TEMP:
        return PermanentSendError(reason, detail, code=label)
    named = float(retry_after) if retry_after.isdecimal() else 0.0
    pause = max(named, CONFIG_PAUSE) if reason is Reason.CONFIG else named
    return TemporarySendError(reason, detail, code=label, retry_after=pause)


def failure(code: str) -> Verdict:
    """Return how an attempt ended that Twilio reports as failed with an error code."""
    verdict = CODES.get(int(code), UNREACHABLE) if code.isdecimal() else UNREACHABLE
    return BUSY if verdict is UNKNOWN else verdict


def _verdict(status: int, code: int | None) -> Verdict:
    if status >= 500:
        return UNKNOWN
    # No redirect is ever followed: Twilio sends none, so the base URL is wrong.
    if status < 400:
        return CONFIG
    return CODES.get(code or 0) or _STATUSES.get(status, UNLISTED)


def _code(body: str) -> int | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    code = answer.get("code") if isinstance(answer, dict) else None
    return code if isinstance(code, int) else None
