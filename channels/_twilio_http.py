"""The SDK's way to the network: one shared session, real time limits, no hidden retries.

The SDK's own asynchronous client ignores its timeout, and its ``max_retries`` posts again
after a 503, which sends people the same message twice.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientResponse,
    ClientSession,
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
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from channels._codes import CONFIG_PAUSE
from channels._twilio_errors import TwilioErrors
from warnbroker.errors import SendError, TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import Reason

# What aiohttp raises before a byte of the request has left: name look-up, refused, TLS,
# proxy, and the wait for a free connection. Everything else may come after it was written.
_NEVER_SENT = (
    ConnectionTimeoutError,
    ClientConnectorError,
    ClientHttpProxyError,
    ServerFingerprintMismatch,
)
_RECONNECT_WINDOW = 1.0


def time_limits(connect: float, read: float) -> ClientTimeout:
    """Return limits in seconds: for getting a connection, and for each silence after that."""
    return ClientTimeout(total=connect + read, connect=connect, sock_read=read)


class SharedSessionClient(AsyncHttpClient):  # type: ignore[misc]  # the SDK ships no types
    """Sends what the SDK has prepared; raises our own errors for whatever is not a 2xx answer.

    Errors never chain to aiohttp's, whose texts hold addresses: a look-up's URL names a phone.
    """

    def __init__(
        self,
        session: ClientSession,
        authorization: str,
        limits: ClientTimeout,
        sleep: Callable[[float], Awaitable[None]],
        errors: TwilioErrors,
    ) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._session = session
        self._authorization = authorization
        self._limits = limits
        self._errors = errors
        self._reconnecting = AsyncRetrying(
            retry=retry_if_exception(_is_unconnected),
            stop=stop_after_attempt(2) | stop_after_delay(_RECONNECT_WINDOW),
            wait=wait_random(0.1, 0.5),
            sleep=sleep,
            reraise=True,
        )

    async def request(self, method: str, uri: str, **given: Any) -> Response:
        """Carry out one request of the SDK.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        started = time.monotonic()
        # The first try stands outside of tenacity, which costs a fifth of a whole send.
        try:
            return await self._exchange(method, uri, given)
        except TemporarySendError as error:
            if not _is_unconnected(error) or time.monotonic() - started > _RECONNECT_WINDOW:
                raise
        return await self._reconnecting.copy()(self._exchange, method, uri, given)

    async def _exchange(self, method: str, uri: str, given: Mapping[str, Any]) -> Response:
        data, headers = given.get("data"), given["headers"]
        headers["Authorization"] = self._authorization
        try:
            async with self._session.request(
                method,
                uri,
                params=given.get("params"),
                data=_form(data) if data else None,
                headers=headers,
                timeout=self._limits,
                allow_redirects=False,
            ) as answer:
                return await self._read(answer)
        except _NEVER_SENT as error:
            raise TemporarySendError(Reason.CONNECT, type(error).__name__) from None
        except InvalidURL:
            raise TemporarySendError(
                Reason.CONFIG, "base_url is no web address", retry_after=CONFIG_PAUSE
            ) from None
        except TimeoutError as error:
            raise UnknownOutcome(Reason.TIMEOUT, type(error).__name__) from None
        except (ClientError, OSError) as error:
            raise UnknownOutcome(Reason.RESET, type(error).__name__) from None

    async def _read(self, answer: ClientResponse) -> Response:
        if 200 <= answer.status < 300:
            return Response(answer.status, (await answer.read()).decode(errors="replace"))
        try:
            body = (await answer.read()).decode(errors="replace")
        except (ClientError, TimeoutError, OSError):
            # The status alone has already told what became of the request.
            body = ""
        raise self._errors.refusal(answer.status, body, answer.headers.get("Retry-After", ""))


def _form(fields: Mapping[str, Any]) -> bytes:
    pairs = []
    for name, given in fields.items():
        quote = _quote_shared if name == "Body" else quote_plus
        values = given if isinstance(given, list) else [given]
        pairs += [f"{name}={quote(str(value))}" for value in values]
    return "&".join(pairs).encode()


@lru_cache(maxsize=256)
def _quote_shared(text: str) -> str:
    # All recipients of a message share its text; quoting Chinese costs as much as sending it.
    return quote_plus(text)


def _is_unconnected(error: BaseException) -> bool:
    return isinstance(error, SendError) and error.reason is Reason.CONNECT
