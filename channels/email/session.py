"""One SMTP session with the relay, which always knows how far a mail has come.

The final dot leaves only after everything before it, and what failed before it is known
not sent; only a missing answer to the dot leaves the outcome open. That holds for each
recipient alone, and also where the commands before the dot are pipelined (RFC 2920).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from channels.email.refusals import MISUNDERSTOOD, Refusals, Verdict
from channels.email.reply import Reply, Stage
from channels.email.wire import Wire
from warnbroker.errors import PermanentSendError, SendError, TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import Reason

_DOT = b".\r\n"
# An idle socket's send buffer takes this much at once on any system that we know.
_ONE_WRITE = 16 << 10
_QUIT_TIMEOUT = 5.0
_BEFORE_SENDER = frozenset({Stage.RESET, Stage.MAIL})

Outcome = Reply | SendError
"""What became of a mail for one recipient: the reply that took it, or why it was not taken."""


class GoneError(TemporarySendError):
    """The session ended before the relay had taken the sender: a fresh one may be used at once."""


class SharedError(TemporarySendError):
    """A mail for several was refused for one of them, nobody knows which; none has it."""


class _OverError(Exception):
    """The mail has come to its end early; every recipient's outcome is written down."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a mail is for: RCPT's path; ``attempt`` counts from one.

    ``options`` are the words that only a relay with DSN understands.
    """

    path: str
    attempt: int = 1
    options: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a mail is from and for, as SMTP sees it; ``options`` are MAIL's words for DSN."""

    sender: str
    recipients: tuple[Recipient, ...]
    international: bool = False
    options: str = ""


@dataclass(frozen=True, slots=True)
class Features:
    """What the relay offers."""

    size: bool = False
    utf8: bool = False
    pipelining: bool = False
    dsn: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a reply may take, in seconds: to a command, and to a whole mail."""

    reply: float
    final: float


class Session:
    """A connected, greeted and logged-in client; it carries one mail at a time."""

    def __init__(
        self, wire: Wire, features: Features, patience: Patience, refusals: Refusals
    ) -> None:
        self._wire = wire
        self._refusals = refusals
        self.features = features
        self._patience = patience
        self._stage = Stage.MAIL
        self._settled = True
        self._needs_reset = False
        self._worn = False
        self._outcomes: list[Outcome | None] = []
        self.uses = 0

    @property
    def usable(self) -> bool:
        """Tell whether the session is connected and between two mails."""
        return self._settled and not self._worn and self._wire.is_up

    async def deliver(self, envelope: Envelope, content: bytes) -> Sequence[Outcome]:
        """Send one mail; return what became of it for each recipient, in their order.

        ``content`` has its dots stuffed and ends with a line end.

        Raises:
            GoneError: the session was lost before the relay took the sender.
        """
        self._outcomes = [None] * len(envelope.recipients)
        if envelope.international and not self.features.utf8:
            detail = "the relay takes no mailboxes beyond ASCII (SMTPUTF8)"
            # Nothing is wrong with the mailboxes: they must not be taken for gone.
            return [PermanentSendError(Reason.POLICY, detail) for _ in envelope.recipients]
        self.uses += 1
        # Whatever breaks off in between, cancelling too, leaves the session unsettled.
        self._settled = False
        try:
            await self._announce(envelope, len(content))
            await self._transfer(envelope, content)
        except _OverError:
            pass
        except OSError as error:
            self._conclude(self._lost(error))
        return [outcome for outcome in self._outcomes if outcome is not None]

    async def quit(self) -> None:
        """End the session politely; a relay that does not answer is hung up on."""
        try:
            self._wire.say(b"QUIT\r\n", 1)
            await self._wire.reply(_QUIT_TIMEOUT)
            self._wire.close()
        except OSError:
            self.abort()

    def abort(self) -> None:
        """End the session at once."""
        self._wire.abort()

    async def _announce(self, envelope: Envelope, size: int) -> None:
        """Say who it is from and for, and return when the relay waits for the mail itself."""
        commands = self._commands(envelope, size)
        pipelined = self.features.pipelining
        if pipelined:
            self._wire.say("".join(commands).encode(), len(commands))
        ahead = iter(commands)
        if self._needs_reset:
            self._hold(await self._ask(Stage.RESET, next(ahead), pipelined), 2)
            self._needs_reset = False
        sender = await self._ask(Stage.MAIL, next(ahead), pipelined)
        if sender.code // 100 != 2:
            await self._refused(sender, Stage.MAIL, len(envelope.recipients) if pipelined else -1)
        for index, recipient in enumerate(envelope.recipients):
            reply = await self._ask(Stage.RCPT, next(ahead), pipelined)
            if reply.code // 100 != 2:
                self._refuse_one(index, recipient, reply)
        if pipelined or None in self._outcomes:
            await self._begin_data(await self._ask(Stage.DATA, next(ahead), pipelined))
        if None not in self._outcomes:
            self._settled = True
            raise _OverError

    def _commands(self, envelope: Envelope, size: int) -> list[str]:
        words = f" SIZE={size}" if self.features.size else ""
        if envelope.international:
            words += " BODY=8BITMIME SMTPUTF8"
        dsn = self.features.dsn
        if dsn:
            words += envelope.options
        return [
            *(["RSET\r\n"] if self._needs_reset else []),
            f"MAIL FROM:<{envelope.sender}>{words}\r\n",
            *(
                f"RCPT TO:{recipient.path}{recipient.options if dsn else ''}\r\n"
                for recipient in envelope.recipients
            ),
            "DATA\r\n",
        ]

    async def _ask(self, stage: Stage, command: str, said: bool) -> Reply:
        self._stage = stage
        if not said:
            self._wire.say(command.encode(), 1)
        return await self._wire.reply(self._patience.reply)

    async def _begin_data(self, reply: Reply) -> None:
        if reply.code // 100 != 3:
            if None in self._outcomes:
                await self._refused(reply, Stage.DATA)
            self._needs_reset = True
        elif None not in self._outcomes:
            await self._send_nothing()

    async def _transfer(self, envelope: Envelope, content: bytes) -> None:
        if len(content) <= _ONE_WRITE:
            self._wire.say(content + _DOT, 1)
        else:
            self._wire.say(content, 0)
            await self._wire.taken(self._patience.reply)
            self._wire.say(_DOT, 1)
        self._stage = Stage.END
        reply = await self._wire.reply(self._patience.final)
        if reply.code // 100 != 2:
            await self._refused_at_the_dot(reply, envelope)
        self._settled = True
        self._conclude(reply)

    async def _refused_at_the_dot(self, reply: Reply, envelope: Envelope) -> None:
        pairs = zip(envelope.recipients, self._outcomes, strict=True)
        waiting = [recipient for recipient, outcome in pairs if outcome is None]
        if len(waiting) > 1 and reply.is_about_a_mailbox:
            verdict = self._refusals.verdict(reply, Stage.END)
            detail = "the relay refused a mail for several at its end"
            self._conclude(SharedError(verdict.reason, detail, code=reply.status))
        await self._refused(reply, Stage.END, attempt=waiting[0].attempt)

    async def _send_nothing(self) -> None:
        """End a mail that the relay asks for although it took no recipient (RFC 2920, 3.1)."""
        self._wire.say(_DOT, 1)
        await self._wire.reply(self._patience.reply)

    def _refuse_one(self, index: int, recipient: Recipient, reply: Reply) -> None:
        """Note that a recipient is refused; the others of the mail go on."""
        verdict = self._refusals.verdict(reply, Stage.RCPT, recipient.attempt)
        self._outcomes[index] = verdict.error(reply, Stage.RCPT)
        self._needs_reset = True
        if reply.code == 421:
            self._hang_up(verdict.error(reply, Stage.RCPT))
        self._worn = self._worn or verdict.ends_session

    def _hold(self, reply: Reply, group: int) -> None:
        """Go on only after a reply that the session cannot do without."""
        if reply.code // 100 != group:
            verdict = self._refusals.verdict(reply, self._stage)
            self.abort()
            raise self._gone(reply, verdict)

    async def _refused(
        self, reply: Reply, stage: Stage, unread: int = -1, attempt: int = 1
    ) -> None:
        """Note a refusal of the mail as a whole; ``unread`` recipients are answered yet."""
        verdict = self._refusals.verdict(reply, stage, attempt)
        if verdict.ends_session or reply.code == 421:
            self._hang_up(self._error(reply, stage, verdict))
        self._conclude(self._error(reply, stage, verdict))
        self._needs_reset = True
        if unread >= 0:
            await self._skip(unread)
        self._settled = True
        raise _OverError

    async def _skip(self, recipients: int) -> None:
        """Read what a relay that refused the sender says of the rest."""
        for _ in range(recipients):
            await self._wire.reply(self._patience.reply)
        await self._begin_data(await self._wire.reply(self._patience.reply))

    def _hang_up(self, error: SendError) -> None:
        self.abort()
        if isinstance(error, GoneError):
            raise error
        self._conclude(error)
        raise _OverError

    def _error(self, reply: Reply, stage: Stage, verdict: Verdict) -> SendError:
        if stage is Stage.END and verdict is MISUNDERSTOOD:
            return UnknownOutcome(verdict.reason, "the relay's last reply makes no sense")
        if stage is Stage.MAIL and (verdict.ends_session or reply.code == 421):
            return self._gone(reply, verdict)
        return verdict.error(reply, stage)

    def _gone(self, reply: Reply, verdict: Verdict) -> GoneError:
        detail, wait = f"the relay hung up at {self._stage}", verdict.retry_after
        return GoneError(verdict.reason, detail, code=reply.status, retry_after=wait)

    def _lost(self, error: OSError) -> SendError:
        self.abort()
        reason = Reason.TIMEOUT if isinstance(error, TimeoutError) else Reason.RESET
        if self._stage is Stage.END:
            return UnknownOutcome(reason, "no reply came after the message was sent")
        detail = f"the relay was lost at {self._stage}"
        if self._stage in _BEFORE_SENDER and None in self._outcomes:
            raise GoneError(reason, detail) from None
        return TemporarySendError(reason, detail)

    def _conclude(self, outcome: Outcome) -> None:
        """Write down what holds for every recipient that has no outcome of their own."""
        self._outcomes = [outcome if known is None else known for known in self._outcomes]
