"""The simulated mail relay's SMTP: aiosmtpd on the caller's loop, with faults at every stage."""

import asyncio
import logging

from aiosmtpd.smtp import SMTP, Envelope, Session

from warnbroker.simulator.faults import AcceptThenDrop, Reply
from warnbroker.simulator.mail import broken_form
from warnbroker.simulator.relay import Relay

SIZE_LIMIT = 10 * 1024 * 1024
"""Octets of a mail that the relay takes (SMTP SIZE, RFC 1870)."""
_END = b"\r\n.\r\n"
_PIECE = 1 << 16


class MailServer:
    """Listens for a relay, and knows its connections."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; return the port.

        Raises:
            OSError: the port cannot be had.
        """
        # aiosmtpd logs every mailbox at level INFO.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self, loop), host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end all connections."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self.connections):
            await connection.cut()


class Connection(SMTP):
    """One client's connection, as aiosmtpd serves it, with a fault at any stage."""

    # A mail is read in pieces, so the stream must be able to hold more than a line.
    line_length_limit = SIZE_LIMIT

    def __init__(self, server: "MailServer", loop: asyncio.AbstractEventLoop) -> None:
        self.relay = server.relay
        self._others = server.connections
        self.turns: dict[str, int] = {}
        super().__init__(
            _Stages(),
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            hostname="relay.simulator.example",
            ident="simulated relay",
            loop=loop,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the server's connections."""
        self._others.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Leave the server's connections."""
        self._others.discard(self)
        super().connection_lost(error)

    async def cut(self) -> None:
        """End the connection at once, and return when its task is over."""
        task = self._handler_coroutine
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        self._close()

    async def spoil(self, stage: str, address: str, nth: int) -> str:
        """Return the refusal that the fault script has for a request, or nothing.

        A fault that ends the connection does so at once.
        """
        rule = self.relay.fault(stage, address, nth)
        if rule is None:
            return ""
        recipients = {"rcpt": {address: nth}, "data": self.turns, "dot": self.turns}
        self.relay.refuse(stage, recipients.get(stage, {"": nth}), rule)
        if isinstance(rule, Reply) and stage != "connect" and not rule.text.startswith("421"):
            return rule.text
        if isinstance(rule, Reply):
            await self.push(rule.text)
        raise self._hung_up()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  aiosmtpd's name
        """Receive a mail whole, in pieces; line by line would take most of the relay's time."""
        envelope = self.envelope
        if envelope is None or await self.check_helo_needed():
            return
        if not self.turns or arg:
            await self.push("501 5.5.4 Syntax: DATA" if arg else "503 5.5.1 need RCPT command")
            return
        reply = await self.spoil("data", *self._first())
        if reply:
            await self.push(reply)
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._receive()
        await self.push(await self._judge(content, envelope))
        self.envelope, self.turns = self._create_envelope(), {}

    def _first(self) -> tuple[str, int]:
        """Return the first recipient of the mail, whose turn decides the faults of data and dot."""
        return next(iter(self.turns.items()))

    async def _receive(self) -> bytes | None:
        """Return the content of a mail, or None where it is too large; dots are unstuffed."""
        content = bytearray()
        fits = True
        while not content.endswith(_END) and content != _END[2:]:
            piece = await self._reader.read(_PIECE)
            known = max(len(content) - len(_END), 0)
            content += piece
            end = content.find(_END, known)
            if not piece or 0 <= end < len(content) - len(_END):
                # The client is gone, or sends on without waiting for the reply.
                raise self._hung_up()
            if len(content) > SIZE_LIMIT:
                fits = False
                del content[: -len(_END)]
        unstuffed = bytes(content[: -len(_END) + 2]).replace(b"\r\n..", b"\r\n.")
        return unstuffed.removeprefix(b".") if fits else None

    async def _judge(self, content: bytes | None, envelope: Envelope) -> str:
        """Take a mail or not; return the reply to its final dot."""
        reply = "552 5.3.4 Error: too much mail data"
        if content is not None:
            reply = broken_form(content, utf8=envelope.smtp_utf8)
        if content is None or reply:
            self.relay.refuse("dot", self.turns, reply)
            return reply
        sender = envelope.mail_from or ""
        if isinstance(self.relay.fault("dot", *self._first()), AcceptThenDrop):
            self.relay.take(sender, self.turns, content, "accept_then_drop")
            raise self._hung_up()
        reply = await self.spoil("dot", *self._first())
        return reply or f"250 2.0.0 Ok: {self.relay.take(sender, self.turns, content, '')}"

    async def _handle_client(self) -> None:
        await self.spoil("connect", "", self.relay.count("connect"))
        await super()._handle_client()

    def _hung_up(self) -> asyncio.CancelledError:
        """Close the connection once what was written is out; return what ends its task."""
        self._close()
        return asyncio.CancelledError()

    def _close(self) -> None:
        if self.transport is not None:
            self.transport.close()


class _Stages:
    """aiosmtpd's hooks: what is answered to each command, unless a fault has it otherwise."""

    async def handle_EHLO(  # noqa: N802  aiosmtpd's form
        self,
        server: Connection,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Greet."""
        server.turns = {}
        reply = await server.spoil("ehlo", "", server.relay.count("ehlo"))
        if reply:
            return [reply]
        session.host_name = hostname
        # Commands are read one after the other, however many come at once.
        return [*responses[:-1], "250-PIPELINING", *responses[-1:]]

    async def handle_HELO(  # noqa: N802  aiosmtpd's form
        self, server: Connection, session: Session, _envelope: Envelope, hostname: str
    ) -> str:
        """Greet an old client."""
        server.turns = {}
        reply = await server.spoil("ehlo", "", server.relay.count("ehlo"))
        if reply:
            return reply
        session.host_name = hostname
        return "250 relay.simulator.example"

    async def handle_RSET(  # noqa: N802  aiosmtpd's form
        self, server: Connection, _session: Session, _envelope: Envelope
    ) -> str:
        """Forget the mail."""
        server.turns = {}
        return "250 2.0.0 Ok"

    async def handle_MAIL(  # noqa: N802  aiosmtpd's form
        self,
        server: Connection,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Begin a mail."""
        server.turns = {}
        reply = await server.spoil("mail", address, server.relay.count("mail", address))
        if reply:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802  aiosmtpd's form
        self,
        server: Connection,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Add a recipient."""
        nth = server.relay.count("rcpt", address)
        reply = await server.spoil("rcpt", address, nth)
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        server.turns[address] = nth
        return "250 2.1.5 Ok"
