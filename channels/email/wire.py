"""The connection of a session, once it is open: replies in order, however many at a time.

aiosmtplib connects, secures and logs in, but it keeps room for one reply only, so that
commands cannot be pipelined (RFC 2920) over it. Its transport is taken over here.
"""

import asyncio
from collections import deque
from typing import cast

from channels.email.reply import Reply

_LONGEST_REPLY = 32 << 10
_NONSENSE = -1


class Wire(asyncio.Protocol):
    """Writes commands and hands out replies.

    A connection that speaks when it was not asked is as good as lost: what it says next
    could be taken for the answer to another question.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._buffer = bytearray()
        self._text: list[str] = []
        self._replies: deque[Reply] = deque()
        self._expected = 0
        self._waiter: asyncio.Future[None] | None = None
        self._lost: Exception | None = None
        transport.set_protocol(self)

    @property
    def is_up(self) -> bool:
        """Tell whether the connection stands and is in step."""
        return self._lost is None and not self._transport.is_closing()

    def say(self, data: bytes, replies: int) -> None:
        """Write something that so many replies will answer.

        Raises:
            OSError: the connection is lost.
        """
        if not self.is_up:
            raise self._lost or ConnectionResetError("the connection is closing")
        self._expected += replies
        self._transport.write(data)

    async def reply(self, timeout: float) -> Reply:
        """Return the next reply.

        Raises:
            TimeoutError: it did not come in time.
            OSError: the connection was lost before it came.
        """
        if not self._replies:
            if self._lost is not None:
                raise self._lost
            self._waiter = self._loop.create_future()
            alarm = self._loop.call_later(timeout, self._expire, self._waiter)
            try:
                await self._waiter
            finally:
                alarm.cancel()
                self._waiter = None
        return self._replies.popleft()

    async def taken(self, timeout: float) -> None:
        """Return when the system has taken all that was written, or the connection is lost.

        Raises:
            TimeoutError: it did not in time.
        """
        if self._unsent():
            # Whether a transport tells the end of a pause differs by kind, so we look.
            async with asyncio.timeout(timeout):
                pause = 0.0
                while self.is_up and self._unsent():
                    await asyncio.sleep(pause)
                    pause = 0.005

    def close(self) -> None:
        """Close once everything is written."""
        self._transport.close()

    def abort(self) -> None:
        """Drop the connection, whatever is still under way on it."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Cut what came into replies."""
        self._buffer += data
        start = 0
        while (end := self._buffer.find(b"\n", start)) >= 0:
            self._read(bytes(self._buffer[start:end]))
            start = end + 1
        del self._buffer[:start]
        if len(self._buffer) + sum(map(len, self._text)) > _LONGEST_REPLY:
            self._fail(ConnectionError("a reply has no end"))
        if self._replies and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self._fail(ConnectionResetError("the connection was lost"))

    def _read(self, line: bytes) -> None:
        text = line[4:].strip().decode("utf-8", "replace")
        code = int(line[:3]) if line[:3].isdigit() else _NONSENSE
        if code != _NONSENSE and line[3:4] == b"-":
            self._text.append(text)
            return
        if self._text:
            text = "\n".join([*self._text, text])
            self._text.clear()
        self._expected -= 1
        if self._expected < 0:
            self._fail(ConnectionError("it spoke unasked"))
        else:
            self._replies.append(Reply(code, text))

    def _fail(self, error: Exception) -> None:
        if self._lost is None:
            self._lost = error
            self._transport.abort()
        if self._waiter is not None and not self._waiter.done():
            if self._replies:
                self._waiter.set_result(None)
            else:
                self._waiter.set_exception(self._lost)

    @staticmethod
    def _expire(waiter: asyncio.Future[None]) -> None:
        if not waiter.done():
            waiter.set_exception(TimeoutError())

    def _unsent(self) -> int:
        return cast(asyncio.WriteTransport, self._transport).get_write_buffer_size()
