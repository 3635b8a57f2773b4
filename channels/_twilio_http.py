"""The SDK's way to the network: our own client, real time limits, no hidden retries.

The SDK's own asynchronous client ignores its timeout, and its ``max_retries`` posts again
after a 503, which sends people the same message twice.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from yarl import URL

from channels._client import Answer, HttpClient
from channels._http import Reconnecting, in_form
from channels._twilio_errors import TwilioErrors


class DirectClient(AsyncHttpClient):  # type: ignore[misc]  # the SDK ships no types
    """Sends what the SDK has prepared; raises our own errors for whatever is not a 2xx answer."""

    def __init__(
        self,
        client: HttpClient,
        authorization: str,
        sleep: Callable[[float], Awaitable[None]],
        errors: TwilioErrors,
    ) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._client = client
        self._authorization = authorization
        self._errors = errors
        self._reconnecting = Reconnecting(sleep)

    async def request(self, method: str, uri: str, **given: Any) -> Response:
        """Carry out one request of the SDK.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        return await self._reconnecting(self._exchange, method, uri, given)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _exchange(self, method: str, uri: str, given: Mapping[str, Any]) -> Response:
        data, params = given.get("data"), given.get("params")
        url = URL(uri, encoded=True).update_query(params) if params else URL(uri, encoded=True)
        headers = {**given["headers"], "Authorization": self._authorization}
        body = _form(data) if data else b""
        answer = await self._client.request(method, url, headers, body)
        return self._read(answer)

    def _read(self, answer: Answer) -> Response:
        text = answer.body.decode(errors="replace")
        if 200 <= answer.status < 300:
            return Response(answer.status, text)
        pause = answer.fields.get("Retry-After", "")
        raise self._errors.refusal(answer.status, text, pause)


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
