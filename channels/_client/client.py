"""The client: a pool of connections that stay open, and a look at those that take too long."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

from yarl import URL

from channels._client.answer import Answer
from channels._client.connection import Connection
from channels._client.dialer import Dialer
from channels._client.request import Origin, head_of, origin_of, whole
from warnbroker.errors import TemporarySendError
from warnbroker.model.receipt import Reason

IDLE_FOR = 30.0
"""Seconds for which a connection is kept that nobody uses."""

_SLOWEST_LOOK = 1.0


class HttpClient:
    """Sends requests; as many at once as there are, each over a connection of its own.

    ``connect`` is how many seconds getting a connection may take, ``read`` how long nothing may
    come after that; an answer that comes bit by bit has both together.
    """

    def __init__(self, connect: float, read: float) -> None:
        self._dialer = Dialer(connect)
        self._read, self._longest = read, connect + read
        self._busy: set[Connection] = set()
        self._idle: defaultdict[Origin, list[tuple[Connection, float]]] = defaultdict(list)
        self._origins: dict[Connection, Origin] = {}
        self._look_every = min(_SLOWEST_LOOK, max(read / 8, 0.02))
        self._looking: asyncio.TimerHandle | None = None
        self._closed = False

    async def request(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """Carry out one request.

        Raises:
            TemporarySendError: not a byte of it was sent.
            UnknownOutcome: it was, and no answer came.
            ValueError: a header is none.
        """
        return await self.send(origin_of(url), whole(head_of(method, url, headers), body))

    async def send(self, origin: Origin, request: bytes) -> Answer:
        """Carry out one request that is ready to be written.

        Raises:
            TemporarySendError: not a byte of it was sent.
            UnknownOutcome: it was, and no answer came.
        """
        end = asyncio.get_running_loop().time() + self._longest
        connection = self._kept(origin) or await self._new(origin)
        self._busy.add(connection)
        if self._looking is None:
            self._look_later()
        try:
            return await connection.ask(request, self._read, end)
        except asyncio.CancelledError:
            connection.abort()
            raise

    async def close(self) -> None:
        """Close every connection; whoever waits for an answer learns that nobody knows."""
        self._closed = True
        if self._looking:
            self._looking.cancel()
            self._looking = None
        for connection in tuple(self._origins):
            connection.abort()
        self._origins.clear()
        self._idle.clear()

    def _kept(self, origin: Origin) -> Connection | None:
        kept = self._idle.get(origin)
        while kept:
            connection, _ = kept.pop()
            if connection.is_open:
                return connection
            self._origins.pop(connection, None)
        return None

    async def _new(self, origin: Origin) -> Connection:
        connection = await self._dialer.connect(origin, lambda: Connection(self._ended))
        if self._closed or not connection.is_open:
            connection.abort()
            raise TemporarySendError(Reason.CONNECT, "the connection was closed at once")
        self._origins[connection] = origin
        return connection

    def _ended(self, connection: Connection, is_reusable: bool) -> None:
        self._busy.discard(connection)
        origin = self._origins.get(connection)
        if origin is None:
            return
        if is_reusable:
            now = asyncio.get_running_loop().time()
            self._idle[origin].append((connection, now))
        else:
            del self._origins[connection]

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._looking = loop.call_later(self._look_every, self._look)

    def _look(self) -> None:
        """Give up answers that take too long and connections that nobody uses."""
        now, self._looking = asyncio.get_running_loop().time(), None
        for connection in tuple(self._busy):
            connection.look(now)
        for kept in self._idle.values():
            while kept and (now - kept[0][1] > IDLE_FOR or not kept[0][0].is_open):
                connection, _ = kept.pop(0)
                self._origins.pop(connection, None)
                connection.abort()
        if self._origins:
            self._look_later()
