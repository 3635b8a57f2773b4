"""A mail relay that takes every mail and costs next to nothing, as a process of its own.

``python bench/smtp_sink.py [--delay SECONDS] [--cpu N]``

It prints its port and counts recipients: a line on its input makes it print how many it took.
It offers SIZE, 8BITMIME and PIPELINING, and waits before its answer to a whole mail.
"""

import asyncio
from functools import partial

from far_end import Seen, serve_far_end

_HELLO = b"250-sink.example\r\n250-SIZE 35882577\r\n250-8BITMIME\r\n250 PIPELINING\r\n"
_GO = b"354 go on\r\n"
_TAKEN = b"250 2.0.0 Ok: queued as %032x\r\n"
_ANSWERS = {
    b"EHLO": _HELLO,
    b"HELO": b"250 sink.example\r\n",
    b"MAIL": b"250 2.1.0 Ok\r\n",
    b"RCPT": b"250 2.1.5 Ok\r\n",
    b"RSET": b"250 2.0.0 Ok\r\n",
    b"NOOP": b"250 2.0.0 Ok\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
    b"DATA": _GO,
}


class SmtpSink(asyncio.Protocol):
    """One session."""

    def __init__(self, seen: Seen, delay: float) -> None:
        self.seen, self.delay = seen, delay
        self.rest, self.in_mail, self.recipients = b"", False, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        # Looking through a long mail anew with each packet would cost more than taking it in.
        looked = max(0, len(self.rest) - 4) if self.in_mail else 0
        self.rest += data
        while self._step(looked):
            looked = 0

    def _step(self, looked: int) -> bool:
        if self.in_mail:
            return self._mail(looked)
        line, found, rest = self.rest.partition(b"\r\n")
        if not found:
            return False
        self.rest = rest
        verb = line[:4].upper()
        self.recipients += verb == b"RCPT"
        self.in_mail = verb == b"DATA"
        self.transport.write(_ANSWERS.get(verb, b"500 5.5.1 what?\r\n"))
        if verb == b"QUIT":
            self.transport.close()
        return True

    def _mail(self, looked: int) -> bool:
        end = self.rest.find(b"\r\n.\r\n", looked)
        if end < 0:
            return False
        mail, self.rest, self.in_mail = self.rest[:end], self.rest[end + 5 :], False
        numbers = [self.seen.take(mail) for _ in range(self.recipients)]
        self.recipients = 0
        answer = _TAKEN % numbers[-1]
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, answer)
        else:
            self.transport.write(answer)
        return True


if __name__ == "__main__":
    serve_far_end(__doc__, lambda seen, delay: partial(SmtpSink, seen, delay))
