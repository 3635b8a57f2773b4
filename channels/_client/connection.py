"""One connection: a request at a time, and the answer to it."""

import asyncio
from collections.abc import Callable
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from channels._client.answer import Answer, Fields, RawFields
from warnbroker.errors import UnknownOutcome
from warnbroker.model.receipt import Reason

LONGEST_HEAD = 64 * 1024
LONGEST_BODY = 1024 * 1024
"""Bytes; a list of fifty messages is a tenth of it."""

LONGEST = LONGEST_HEAD + 4 * LONGEST_BODY
"""Bytes with all that stands between and behind the pieces of a body."""

_FRAMED = frozenset({b"content-length", b"transfer-encoding"})


class Connection(asyncio.Protocol):
    """Fails with ``UnknownOutcome`` where no answer comes: what was asked may have been done.

    ``ended`` is called when an answer is there, or none will come, with whether the connection
    may be used again.
    """

    def __init__(self, ended: Callable[["Connection", bool], None]) -> None:
        self._ended = ended
        self._time = asyncio.get_running_loop().time
        self._parser = HttpResponseParser(self)
        self._waiting: asyncio.Future[Answer] | None = None
        self._start_over()

    def ask(self, request: bytes, silence: float, end: float) -> asyncio.Future[Answer]:
        """Send a request; ``silence`` is how long nothing may come, ``end`` when to give up."""
        self._silence, self._end = silence, end
        self._heard = self._time()
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._waiting

    @property
    def is_open(self) -> bool:
        """Tell whether it can be used, as far as is known."""
        return not self._transport.is_closing()

    def look(self, now: float) -> None:
        """Give up where the answer takes too long."""
        if self._waiting and (now >= self._end or now - self._heard >= self._silence):
            self._break(Reason.TIMEOUT, "the answer took too long")

    def abort(self) -> None:
        """Close at once; whoever waits is told that nobody knows."""
        self._break(Reason.RESET, "the connection was closed")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Read a piece of an answer."""
        if self._waiting is None:
            # Nobody has asked for it: no answer after it could be trusted.
            self._transport.abort()
            return
        self._heard = self._time()
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._break(Reason.RESET, "the answer is no HTTP")
        if self._received > (LONGEST if self._status else LONGEST_HEAD):
            self._break(Reason.SERVER_ERROR, "the answer has no end")

    def connection_lost(self, error: Exception | None) -> None:
        """Take the end of the connection for that of a body which has no other."""
        is_framed = any(name.lower() in _FRAMED for name, _ in self._fields)
        if self._waiting and self._status and not is_framed and error is None:
            self._finish(b"".join(self._body), is_reusable=False)
        else:
            self._break(Reason.RESET, type(error).__name__ if error else "the other side hung up")

    def on_message_begin(self) -> None:
        """Refuse a second answer to one request: the next one would be taken for another's."""
        if self._waiting is None:
            self._transport.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header field."""
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Take the status."""
        self._status = self._parser.get_status_code()

    def on_body(self, piece: bytes) -> None:
        """Keep a piece of the body, as long as it makes sense."""
        self._body.append(piece)
        self._length += len(piece)
        if self._length > LONGEST_BODY:
            self._break(Reason.SERVER_ERROR, "the answer has no end")

    def on_message_complete(self) -> None:
        """Hand over the answer; one that only announces another is passed over."""
        if self._status < 200:
            self._start_over()
        else:
            self._finish(b"".join(self._body), is_reusable=self._parser.should_keep_alive())

    def _start_over(self) -> None:
        self._status = self._length = self._received = 0
        self._fields: RawFields = []
        self._body: list[bytes] = []

    def _finish(self, body: bytes, *, is_reusable: bool) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        answer = Answer(self._status, Fields(self._fields), body)
        self._start_over()
        if not waiting.done():
            waiting.set_result(answer)
        if not is_reusable:
            self._transport.close()
        self._ended(self, is_reusable)

    def _break(self, reason: Reason, detail: str) -> None:
        if self._waiting and self._status >= 300:
            self._finish(b"", is_reusable=False)
        waiting, self._waiting = self._waiting, None
        self._transport.abort()
        if waiting is None:
            return
        if not waiting.done():
            waiting.set_exception(UnknownOutcome(reason, detail))
        self._ended(self, False)
