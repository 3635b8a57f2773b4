"""One SMTP session with the relay, which always knows how far a message has come.

``aiosmtplib.SMTP.data`` sends DATA and the message in one call, so a caller cannot tell
a connection lost before the final dot (not sent) from one lost after it (nobody knows).
Here each command is given alone, and the dot leaves only after everything before it.
"""

import asyncio
from dataclasses import dataclass
from typing import cast

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected
from aiosmtplib.protocol import SMTPProtocol

from channels.email.replies import MISUNDERSTOOD, Reply, Stage, classify, refusal
from warnbroker.errors import PermanentSendError, SendError, TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import Reason

_DOT = b".\r\n"
# An idle socket's send buffer takes this much at once on any system that we know.
_ONE_WRITE = 16 << 10
_QUIT_TIMEOUT = 5.0
_BEFORE_SENDER = frozenset({Stage.RESET, Stage.MAIL})


class GoneError(TemporarySendError):
    """The session ended before the relay had taken the sender: a fresh one may be used at once."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a message is from and for, as SMTP sees it; ``attempt`` counts from one."""

    sender: str
    recipient: str
    international: bool = False
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a reply may take, in seconds: to a command, and to a whole message."""

    reply: float
    final: float


class Session:
    """A connected, greeted and logged-in client."""

    def __init__(self, client: SMTP, patience: Patience) -> None:
        self._client = client
        self._patience = patience
        self._takes_size = client.supports_extension("size")
        self._takes_utf8 = client.supports_extension("smtputf8")
        self._stage = Stage.MAIL
        self._settled = True
        self._needs_reset = False
        self.uses = 0

    @property
    def usable(self) -> bool:
        """Tell whether the session is connected and between two messages."""
        return self._settled and self._client.is_connected

    async def deliver(self, envelope: Envelope, content: bytes) -> Reply:
        """Send one message; ``content`` has its dots stuffed and ends with a line end.

        Raises:
            GoneError: the session was lost before the relay took the sender.
            TemporarySendError: the relay refused for now, or was lost before the final dot.
            PermanentSendError: the relay refused for good.
            UnknownOutcome: the final dot was sent, and no reply to it came.
        """
        if envelope.international and not self._takes_utf8:
            detail = "the relay takes no mailboxes beyond ASCII (SMTPUTF8)"
            raise PermanentSendError(Reason.RECIPIENT, detail)
        self.uses += 1
        # Whatever breaks off in between, cancelling too, leaves the session unsettled.
        self._settled = False
        try:
            await self._announce(envelope, len(content))
            reply = await self._transfer(content)
        except SMTPResponseException as error:
            raise self._refused(Reply(error.code, error.message), envelope.attempt) from None
        except (SMTPException, OSError) as error:
            raise self._lost(error) from None
        self._settled = True
        return reply

    async def quit(self) -> None:
        """End the session politely; a relay that does not answer is hung up on."""
        try:
            await self._client.quit(timeout=_QUIT_TIMEOUT)
        except (SMTPException, OSError):
            self.abort()

    def abort(self) -> None:
        """End the session at once."""
        hang_up(self._client)

    async def _announce(self, envelope: Envelope, size: int) -> None:
        if self._needs_reset:
            await self._command(Stage.RESET, b"RSET")
            self._needs_reset = False
        options = [b"SIZE=%d" % size] if self._takes_size else []
        if envelope.international:
            options += [b"BODY=8BITMIME", b"SMTPUTF8"]
        sender, recipient = f"FROM:<{envelope.sender}>", f"TO:<{envelope.recipient}>"
        await self._command(Stage.MAIL, b"MAIL", sender.encode(), *options)
        await self._command(Stage.RCPT, b"RCPT", recipient.encode())
        await self._command(Stage.DATA, b"DATA")

    async def _command(self, stage: Stage, *words: bytes) -> None:
        self._stage = stage
        response = await self._client.execute_command(*words, timeout=self._patience.reply)
        if response.code // 100 != (3 if stage is Stage.DATA else 2):
            raise SMTPResponseException(response.code, response.message)

    async def _transfer(self, content: bytes) -> Reply:
        protocol = self._client.protocol
        if protocol is None:
            raise SMTPServerDisconnected("Connection lost")
        if len(content) <= _ONE_WRITE:
            protocol.write(content + _DOT)
        else:
            protocol.write(content)
            async with asyncio.timeout(self._patience.reply):
                await _taken(protocol)
            protocol.write(_DOT)
        self._stage = Stage.END
        response = await protocol.read_response(timeout=self._patience.final)
        if response.code // 100 != 2:
            raise SMTPResponseException(response.code, response.message)
        return Reply(response.code, response.message)

    def _refused(self, reply: Reply, attempt: int) -> SendError:
        stage, verdict = self._stage, classify(reply, self._stage, attempt)
        if verdict.ends_session or reply.code == 421 or stage is Stage.RESET:
            self.abort()
        self._settled = self._needs_reset = True
        if stage is Stage.END and verdict is MISUNDERSTOOD:
            return UnknownOutcome(verdict.reason, "the relay's last reply makes no sense")
        error = refusal(reply, stage, verdict)
        if stage in _BEFORE_SENDER and not self.usable:
            detail, wait = f"the relay hung up at {stage}", verdict.retry_after
            return GoneError(error.reason, detail, code=error.code, retry_after=wait)
        return error

    def _lost(self, error: Exception) -> SendError:
        self.abort()
        reason = Reason.TIMEOUT if isinstance(error, TimeoutError) else Reason.RESET
        if self._stage is Stage.END:
            return UnknownOutcome(reason, "no reply came after the message was sent")
        kind = GoneError if self._stage in _BEFORE_SENDER else TemporarySendError
        return kind(reason, f"the relay was lost at {self._stage}")


def hang_up(client: SMTP) -> None:
    """Drop a client's connection, whatever is still under way on it."""
    transport = client.transport
    client.close()
    if transport is not None:
        cast(asyncio.WriteTransport, transport).abort()


async def _taken(protocol: SMTPProtocol) -> None:
    """Return when the system has taken all that was written, or the connection is lost."""
    pause = 0.0
    while protocol.transport is not None:
        if not cast(asyncio.WriteTransport, protocol.transport).get_write_buffer_size():
            return
        # aiosmtplib keeps the end of a pause in writing to itself, so we look.
        await asyncio.sleep(pause)
        pause = 0.005
