"""Where the operator's mail server hands over what comes back (SMTP or LMTP)."""

import asyncio
import logging
from typing import Any, AnyStr

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.email.incoming.sorter import Sorter
from channels.email.settings import ListenerSettings
from warnbroker.contracts.channel import Report
from warnbroker.contracts.clock import Clock
from warnbroker.errors import ConfigError, StoreError
from warnbroker.log import log
from warnbroker.model.event import Event

_OURS = "warnbroker"
_IDLE = 120
_NOT_NOW = "451 4.3.0 not now, try again later"
_TOO_MANY = "451 4.3.2 too many mails, try again later"
_UNKNOWN = "550 5.1.1 no such mailbox here"
_GUESSING = "421 4.7.0 too many unknown mailboxes"
# Whoever may ask for ever finds a return path of somebody else's.
_GUESSES = 10


class Rate:
    """Lets so many mails a minute pass, and as many at once."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._left = float(per_minute)
        self._at = clock.now()

    def admits(self) -> bool:
        """Take one mail's share, if there is one left."""
        now = self._clock.now()
        passed = max(0.0, (now - self._at).total_seconds())
        self._left = min(self._per_minute, self._left + passed * self._per_minute / 60)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Listener:
    """Takes mails in, and answers for each only once what it proves is on record."""

    def __init__(
        self, settings: ListenerSettings, sorter: Sorter, report: Report, clock: Clock
    ) -> None:
        self._settings = settings
        self._desk = _Desk(settings, sorter, report, Rate(clock, settings.per_minute))
        self._connections: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> int:
        """Listen; return the port.

        Raises:
            ConfigError: the address cannot be had.
        """
        # It logs every mailbox at level INFO.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        settings, loop = self._settings, asyncio.get_running_loop()
        kind = _Smtp if settings.protocol == "smtp" else _Lmtp
        try:
            # Several processes may share the port; the system spreads the connections.
            self._server = await loop.create_server(
                lambda: kind(self._desk, settings, self._connections, loop),
                settings.host,
                settings.port,
                reuse_port=bool(settings.port),
            )
        except OSError as error:
            where = f"{settings.host} port {settings.port}"
            fault = error.strerror or error
            raise ConfigError(f"channels.email.listener: {where}: {fault}") from None
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening; whoever was not answered yet comes again."""
        if self._server is None:
            return
        self._server.close()
        for transport in tuple(self._connections):
            transport.abort()
        await self._server.wait_closed()
        self._server = None


class _Desk:
    """aiosmtpd's hooks: what is taken, and what is answered."""

    def __init__(
        self, settings: ListenerSettings, sorter: Sorter, report: Report, rate: Rate
    ) -> None:
        self._mailboxes = frozenset(box.lower() for box in settings.mailboxes)
        self._one_each = settings.protocol == "lmtp"
        self._sorter = sorter
        self._report = report
        self._rate = rate

    async def handle_MAIL(  # noqa: N802  aiosmtpd's form
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Begin a mail, unless there are too many."""
        if not self._rate.admits():
            return _TOO_MANY
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_RCPT(  # noqa: N802  aiosmtpd's form
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take return paths of ours and the configured mailboxes, and nothing else."""
        # LMTP answers for each recipient after the mail; with one there is one answer.
        if self._one_each and envelope.rcpt_tos:
            return "452 4.5.3 one recipient at a time"
        known = self._sorter.origins.by_path(address, vouched=False) is not None
        if not known and address.lower() not in self._mailboxes:
            return server.refusal() if isinstance(server, _Smtp) else _UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(  # noqa: N802  aiosmtpd's form
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Record what a mail proves; only then is it taken."""
        content, to = envelope.content, tuple(envelope.rcpt_tos)
        raw = content if isinstance(content, bytes) else b""
        answer = await asyncio.to_thread(self._sorter.sort, raw, to, vouched=False)
        if answer.evidence or answer.said:
            try:
                await self._report(answer)
            except StoreError as error:
                log.error(Event.STEP_FAILED, step="bounce", error=str(error))
                return _NOT_NOW
        return "250 2.0.0 ok"

    async def handle_exception(self, error: Exception) -> str:
        """Ask for the mail again; whatever is wrong may pass."""
        log.error(Event.CHANNEL_FAULT, channel="email", step="bounce", kind=type(error).__name__)
        return _NOT_NOW


class _Smtp(SMTP):
    """One connection: long lines are read, and no more connections than are allowed."""

    line_length_limit = 1 << 20

    def __init__(
        self,
        desk: _Desk,
        settings: ListenerSettings,
        others: set[asyncio.Transport],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._others = others
        self._refused = 0
        self._most = settings.connections
        super().__init__(
            desk,
            data_size_limit=settings.largest,
            enable_SMTPUTF8=True,
            hostname=_OURS,
            ident=_OURS,
            timeout=_IDLE,
            loop=loop,
        )

    def refusal(self) -> str:
        """Return the answer to a mailbox that is not here; the last one hangs up."""
        self._refused += 1
        return _UNKNOWN if self._refused < _GUESSES else _GUESSING

    async def push(self, status: AnyStr) -> None:
        """Answer; 421 is the last answer that there is."""
        await super().push(status)
        if status == _GUESSING and self.transport is not None:
            self.transport.close()

    def connection_made(self, transport: Any) -> None:
        """Join the others, or be asked to come later."""
        if len(self._others) >= self._most:
            transport.write(b"421 4.3.2 too many connections\r\n")
            transport.close()
            return
        self._others.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Leave the others."""
        if self.transport is None:
            return
        self._others.discard(self.transport)
        super().connection_lost(error)


class _Lmtp(_Smtp, LMTP):
    """The same for LMTP."""
