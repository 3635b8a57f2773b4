"""A broker's API, as commands call it with a key."""

from typing import Any

import aiohttp
import orjson

from warnbroker.cli.session import RefusedError, reasons
from warnbroker.cli.words import chinese, word

NOT_ANSWERED = (aiohttp.ClientError, TimeoutError, ValueError)
"""What is no address, no broker or no longer there shows in one of these."""


class Client:
    """Calls a broker's API with a key."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str) -> None:
        self._session = session
        self._url = url.rstrip("/")
        language = "zh-CN" if chinese() else "en"
        self._headers = {"Authorization": f"Bearer {key}", "Accept-Language": language}

    async def post_alert(
        self, body: bytes, content_type: str, query: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Post an alert; return the status and the answer. ``query`` begins with ``?``.

        Raises:
            ClientError: what answers is no broker.
        """
        headers = self._headers | {"Content-Type": content_type}
        async with self._session.post(
            f"{self._url}/v1/alerts{query}", data=body, headers=headers
        ) as answer:
            return answer.status, _sensible(await answer.read())

    async def decide(
        self, alert_id: str, act: str, body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """Post a decision about an alert; return the status and the answer.

        Raises:
            ClientError: what answers is no broker.
        """
        path = f"{self._url}/v1/alerts/{alert_id}/{act}"
        async with self._session.post(path, json=body, headers=self._headers) as answer:
            return answer.status, _sensible(await answer.read())

    async def send(self, path: str, body: bytes, content_type: str) -> tuple[int, dict[str, Any]]:
        """Post a body; return the status and the answer.

        Raises:
            ClientError: what answers is no broker.
        """
        headers = self._headers | {"Content-Type": content_type}
        async with self._session.post(self._url + path, data=body, headers=headers) as answer:
            return answer.status, _sensible(await answer.read())

    async def find(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the answer, also where it is a refusal.

        Raises:
            ClientError: what answers is no broker.
        """
        async with self._session.get(self._url + path, headers=self._headers) as answer:
            return answer.status, _sensible(await answer.read())

    async def read(self, path: str) -> bytes:
        """Return an answer's bytes.

        Raises:
            RefusedError: the broker refuses it.
            ClientError: what answers is no broker.
        """
        async with self._session.get(self._url + path, headers=self._headers) as answer:
            return _granted(answer.status, await answer.read())

    async def get(self, path: str) -> dict[str, Any]:
        """Return a JSON answer.

        Raises:
            RefusedError: the broker refuses it.
            ClientError: what answers is no broker.
        """
        found = orjson.loads(await self.read(path))
        if not isinstance(found, dict):
            raise aiohttp.ClientError(word("what answers is no warnbroker"))
        return found


def _granted(status: int, body: bytes) -> bytes:
    if status >= 400:
        raise RefusedError("\n".join(reasons(_sensible(body))))
    return body


def _sensible(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    # An alert that was taken has an id, a channel has providers, a problem has a title.
    known = ({"id", "state"}, {"name", "providers"}, {"title"})
    if not isinstance(found, dict) or not any(keys <= found.keys() for keys in known):
        raise aiohttp.ClientError(word("what answers is no warnbroker"))
    return found
