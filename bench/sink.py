"""A provider that takes every POST and costs next to nothing, as a process of its own.

``python bench/sink.py [--delay SECONDS] [--cpu N] [--mark TEXT]``

It prints its port, answers 201 with an id that no other answer has, in the order of the
requests, and counts them: a line on its input makes it print how many messages it took, the
line ``marked`` the times of those whose body holds a text.
It parses no more of HTTP than a message needs, so that it is not what is measured.
"""

import asyncio
from functools import partial

from far_end import Seen, serve_far_end

_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"
_BODY = b'{"sid":"SM%032x","id":"%08x","status":"queued","to":"","body":""}'
_ANSWER = (
    b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    % len(_BODY % (0, 0))
) + _BODY


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, seen: Seen, delay: float) -> None:
        self.seen, self.delay = seen, delay
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        rest, answers = self.rest + data, []
        while (end := rest.find(_END)) >= 0:
            whole = end + len(_END) + _length(rest[:end].lower())
            if len(rest) < whole:
                break
            number = self.seen.take(rest[end:whole])
            answers.append(_ANSWER % (number, number))
            rest = rest[whole:]
        self.rest = rest
        if answers and self.delay:
            # Timers of one length end in the order in which they began.
            asyncio.get_running_loop().call_later(
                self.delay, self.transport.write, b"".join(answers)
            )
        elif answers:
            self.transport.write(b"".join(answers))


def _length(head: bytes) -> int:
    at = head.find(_LENGTH)
    if at < 0:
        return 0
    return int(head[at + len(_LENGTH) :].partition(b"\r\n")[0])


if __name__ == "__main__":
    serve_far_end(__doc__, lambda seen, delay: partial(Sink, seen, delay))
