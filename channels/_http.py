"""What sends over HTTP share: what surely was not sent, what nobody knows, and how to connect.

Errors never chain to aiohttp's, whose texts hold addresses: a URL may name a phone.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import quote_plus

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientTimeout,
    ConnectionTimeoutError,
    InvalidURL,
    ServerFingerprintMismatch,
)
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random,
)

from channels._codes import CONFIG_PAUSE
from warnbroker.contracts.wording import shaped
from warnbroker.errors import SendError, TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import Reason

FAULTS = (ClientError, TimeoutError, OSError)
"""What aiohttp raises where there is no answer."""

_ROOT = r"https?://[^/\s].*"
WebAddress = Annotated[str, shaped(_ROOT, "https://api.example.org")]
"""The root of an interface."""
OptionalAddress = Annotated[str, shaped(f"|{_ROOT}", "https://api.example.org")]
"""The same, or nothing."""

# What aiohttp raises before a byte of the request has left: name look-up, refused, TLS,
# proxy, and the wait for a free connection. Everything else may come after it was written.
_NEVER_SENT = (
    ConnectionTimeoutError,
    ClientConnectorError,
    ClientHttpProxyError,
    ServerFingerprintMismatch,
)
_RECONNECT_WINDOW = 1.0
_LONGEST_PAUSE = 86_400.0

Answer = TypeVar("Answer")


def time_limits(connect: float, read: float) -> ClientTimeout:
    """Return limits in seconds: for getting a connection, and for each silence after that."""
    return ClientTimeout(total=connect + read, connect=connect, sock_read=read)


def fault_of(error: BaseException) -> SendError:
    """Return what one of ``FAULTS`` means for the send that it broke off."""
    name = type(error).__name__
    if isinstance(error, _NEVER_SENT):
        return TemporarySendError(Reason.CONNECT, name)
    if isinstance(error, InvalidURL):
        text = "base_url is no web address"
        return TemporarySendError(Reason.CONFIG, text, retry_after=CONFIG_PAUSE)
    if isinstance(error, TimeoutError):
        return UnknownOutcome(Reason.TIMEOUT, name)
    return UnknownOutcome(Reason.RESET, name)


# A table does in one step what the library does letter by letter; numbers and keys are ASCII.
_IN_FORM = {code: quote_plus(chr(code)) for code in range(128)}


def in_form(value: str) -> str:
    """Write a value into a form or query (``application/x-www-form-urlencoded``)."""
    return value.translate(_IN_FORM) if value.isascii() else quote_plus(value)


def pause_of(retry_after: str) -> float:
    """Return the seconds that a ``Retry-After`` asks for, 0 where it is not readable."""
    if retry_after.isdecimal():
        return min(float(retry_after), _LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(retry_after)
    except (TypeError, ValueError):
        return 0.0
    now = datetime.now(UTC)
    left = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(max(0.0, left.total_seconds()), _LONGEST_PAUSE)


class Reconnecting:
    """Tries to connect twice more within a second; what may have been sent is never repeated."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._again = AsyncRetrying(
            retry=retry_if_exception(_is_unconnected),
            stop=stop_after_attempt(2) | stop_after_delay(_RECONNECT_WINDOW),
            wait=wait_random(0.1, 0.5),
            sleep=sleep,
            reraise=True,
        )

    async def __call__(self, exchange: Callable[..., Awaitable[Answer]], *given: Any) -> Answer:
        """Return what an exchange of what is given brings.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        started = time.monotonic()
        # The first try stands outside of tenacity, which costs a fifth of a whole send.
        try:
            return await exchange(*given)
        except TemporarySendError as error:
            if not _is_unconnected(error) or time.monotonic() - started > _RECONNECT_WINDOW:
                raise
        return await self._again.copy()(exchange, *given)


def _is_unconnected(error: BaseException) -> bool:
    return isinstance(error, SendError) and error.reason is Reason.CONNECT
