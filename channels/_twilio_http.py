"""The SDK's way to the network: one shared session, real time limits, no hidden retries.

The SDK's own asynchronous client ignores its timeout, and its ``max_retries`` posts again
after a 503, which sends people the same message twice.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

from aiohttp import ClientResponse, ClientSession, ClientTimeout
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from channels._http import FAULTS, Reconnecting, fault_of, in_form, read_whole
from channels._twilio_errors import TwilioErrors
from warnbroker.errors import UnknownOutcome


class SharedSessionClient(AsyncHttpClient):  # type: ignore[misc]  # the SDK ships no types
    """Sends what the SDK has prepared; raises our own errors for whatever is not a 2xx answer."""

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
        self._reconnecting = Reconnecting(sleep)

    async def request(self, method: str, uri: str, **given: Any) -> Response:
        """Carry out one request of the SDK.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        return await self._reconnecting(self._exchange, method, uri, given)

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
        except FAULTS as error:
            raise fault_of(error) from None

    async def _read(self, answer: ClientResponse) -> Response:
        if 200 <= answer.status < 300:
            return Response(answer.status, (await read_whole(answer)).decode(errors="replace"))
        try:
            body = (await read_whole(answer)).decode(errors="replace")
        except (*FAULTS, UnknownOutcome):
            # The status alone has already told what became of the request.
            body = ""
        raise self._errors.refusal(answer.status, body, answer.headers.get("Retry-After", ""))


def _form(fields: Mapping[str, Any]) -> bytes:
    pairs = []
    for name, given in fields.items():
        quote = _quote_shared if name == "Body" else in_form
        values = given if isinstance(given, list) else [given]
        pairs += [f"{name}={quote(str(value))}" for value in values]
    return "&".join(pairs).encode()


@lru_cache(maxsize=256)
def _quote_shared(text: str) -> str:
    # All recipients of a message share its text; quoting Chinese costs as much as sending it.
    return in_form(text)
