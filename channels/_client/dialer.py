"""Gets connections: names looked up once for many, both families of addresses tried."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from functools import cache
from socket import AF_UNSPEC, SOCK_STREAM
from typing import Any

from aiohappyeyeballs import start_connection

from channels._client.connection import Connection
from channels._client.request import Origin
from warnbroker.errors import TemporarySendError
from warnbroker.model.receipt import Reason

KNOWN_FOR = 10.0
"""Seconds for which the addresses of a name are known."""

HEAD_START = 0.25
"""Seconds that one address has before the next one is tried beside it (RFC 8305)."""

Addresses = Sequence[tuple[Any, ...]]


class Dialer:
    """Connects; ``patience`` is how many seconds that may take."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._known: dict[Origin, tuple[float, asyncio.Task[Addresses]]] = {}

    async def connect(self, origin: Origin, make: Callable[[], Connection]) -> Connection:
        """Return a new connection.

        Raises:
            TemporarySendError: there is none to be had; not a byte of a request was sent.
        """
        try:
            async with asyncio.timeout(self._patience):
                return await self._connected(origin, make)
        except (OSError, TimeoutError, ValueError) as error:
            # The library's words may hold an address.
            raise TemporarySendError(Reason.CONNECT, type(error).__name__) from None

    async def _connected(self, origin: Origin, make: Callable[[], Connection]) -> Connection:
        loop = asyncio.get_running_loop()
        addresses = list(await self._addresses(origin))
        socket = await start_connection(
            addresses, happy_eyeballs_delay=HEAD_START, interleave=1, loop=loop
        )
        trust, name = (_trust(), origin.host) if origin.is_secure else (None, None)
        try:
            _, connection = await loop.create_connection(
                make, sock=socket, ssl=trust, server_hostname=name
            )
        except BaseException:
            socket.close()
            raise
        return connection

    async def _addresses(self, origin: Origin) -> Addresses:
        loop = asyncio.get_running_loop()
        since, task = self._known.get(origin, (0.0, None))
        if task is None or loop.time() - since > KNOWN_FOR or (task.done() and _failed(task)):
            task = asyncio.create_task(_look_up(origin))
            self._known[origin] = loop.time(), task
        return await asyncio.shield(task)


async def _look_up(origin: Origin) -> Addresses:
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(origin.host, origin.port, family=AF_UNSPEC, type=SOCK_STREAM)


def _failed(task: asyncio.Task[Addresses]) -> bool:
    return task.cancelled() or task.exception() is not None


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
