"""The email channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web
from pydantic import BaseModel

from channels._release import check_delivery, check_publication
from channels.email.addresses import Mailbox, author, mailbox
from channels.email.desk import Desk
from channels.email.dialer import Dialer
from channels.email.dkim import DkimSigner, load_signer
from channels.email.letter import Letterhead
from channels.email.pool import Limits, Pool
from channels.email.postmark import Postmark
from channels.email.refusals import load_refusals
from channels.email.reply import Reply
from channels.email.seal import Seal, load_seal
from channels.email.session import Outcome
from channels.email.settings import EmailSettings, faults_of
from channels.email.unsubscribe import UnsubscribePages
from warnbroker.contracts import CONTRACT_VERSION, ChannelContext, Clock
from warnbroker.errors import ConfigError, PermanentSendError, SendError
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Reason, Receipt, State
from warnbroker.model.subscriber import AddressKind

_TOO_MANY = "452 4.5.3"
Addressed = tuple[Delivery, Mailbox]


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an open channel works with."""

    clock: Clock
    letterhead: Letterhead
    desk: Desk
    postmark: Postmark
    pool: Pool


class EmailChannel:
    """Sends mail through one relay."""

    name: ClassVar[str] = "email"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    address_kind: ClassVar[AddressKind | None] = AddressKind.EMAIL
    Settings: ClassVar[type[BaseModel]] = EmailSettings

    def __init__(self, settings: EmailSettings) -> None:
        self.concurrency = settings.connections
        self.receipt_timeout = settings.receipt_timeout
        self.batch = settings.recipients_per_message
        self._settings = settings
        self._parts: _Parts | None = None
        self._pages = UnsubscribePages()

    async def open(self, context: ChannelContext) -> None:
        """Read what sending needs; the relay is first spoken to when there is a message.

        Raises:
            ConfigError: a setting keeps the channel from working.
        """
        settings = self._settings
        seal = _seal(settings)
        # Whoever has a mail may unsubscribe, also while the relay is not set up.
        self._pages.open(seal, context.report)
        if faults := self.faults():
            raise ConfigError("\n".join(faults))
        dialer = Dialer(settings, load_refusals(settings.codes), context.clock.sleep)
        await dialer.load()
        limits = Limits(settings.connections, settings.max_per_connection, settings.idle_timeout)
        letterhead = Letterhead(settings, _signer(settings))
        postmark = Postmark(settings, letterhead.author.addr_spec, context.public_url, seal)
        desk = Desk(letterhead, context)
        self._parts = _Parts(context.clock, letterhead, desk, postmark, Pool(dialer.dial, limits))

    async def close(self) -> None:
        """End the sessions with the relay."""
        if self._parts is not None:
            await self._parts.pool.close()

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that keeps mail from being sent."""
        faults = faults_of(self._settings)
        for check in (_signer, lambda settings: load_refusals(settings.codes)):
            try:
                check(self._settings)
            except ConfigError as error:
                faults += str(error).splitlines()
        return faults

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes of the unsubscribe links."""
        return self._pages.routes()

    def targets(self, publication: Publication) -> Sequence[Target]:
        """Return nobody: mail goes to subscribers."""
        return ()

    async def prepare(self, publication: Publication) -> None:
        """Build each of the publication's mails, all but the recipients' own lines.

        Raises:
            PermanentSendError: the alert may not leave, or a message has no text.
        """
        check_publication(publication)
        await self._open.desk.prepare(publication)

    async def send(self, delivery: Delivery) -> Receipt:
        """Hand one mail to the relay; what becomes of it there comes back as a mail, if at all.

        Raises:
            TemporarySendError: known not sent; another attempt may succeed.
            PermanentSendError: known not sent; no attempt can succeed.
            UnknownOutcome: the whole mail was sent, and no reply to it came.
        """
        to = self._addressed(delivery)
        parts = self._open
        letter = parts.desk.letter(delivery)
        own = parts.letterhead.own(parts.postmark.lines(delivery, to), letter, parts.clock.now())
        envelope = parts.postmark.envelope(delivery, to)
        (outcome,) = await parts.pool.deliver(envelope, own + letter.content)
        if isinstance(outcome, SendError):
            raise outcome
        return self._receipt(delivery, outcome)

    async def send_batch(self, deliveries: Sequence[Delivery]) -> Sequence[Receipt | SendError]:
        """Hand one mail for several recipients to the relay, or as few as it needs for them."""
        results: dict[int, Receipt | SendError] = {}
        waiting: dict[int, Addressed] = {}
        for index, delivery in enumerate(deliveries):
            try:
                waiting[index] = (delivery, self._addressed(delivery))
            except SendError as error:
                results[index] = error
        while waiting:
            # What needs SMTPUTF8 must not take along those who do not.
            script = next(iter(waiting.values()))[1].international
            now = {i: item for i, item in waiting.items() if item[1].international is script}
            outcomes = await self._post(list(now.values()))
            taken = any(isinstance(outcome, Reply) for outcome in outcomes)
            for (index, (delivery, _)), outcome in zip(now.items(), outcomes, strict=True):
                if taken and isinstance(outcome, SendError) and outcome.code == _TOO_MANY:
                    continue
                del waiting[index]
                results[index] = (
                    self._receipt(delivery, outcome) if isinstance(outcome, Reply) else outcome
                )
        return [results[index] for index in range(len(deliveries))]

    async def _post(self, items: list[Addressed]) -> Sequence[Outcome]:
        parts, first = self._open, items[0][0]
        try:
            letter = parts.desk.letter(first)
            own = parts.letterhead.own(
                parts.postmark.shared_lines(first), letter, parts.clock.now()
            )
            envelope = parts.postmark.shared_envelope(items)
            return await parts.pool.deliver(envelope, own + letter.content)
        except SendError as error:
            return [error for _ in items]

    def _addressed(self, delivery: Delivery) -> Mailbox:
        check_delivery(delivery)
        to = mailbox(delivery.address)
        if delivery.expires <= self._open.clock.now():
            raise PermanentSendError(Reason.EXPIRED, "the warning is over")
        return to

    def _receipt(self, delivery: Delivery, reply: Reply) -> Receipt:
        reference = reply.queue_id or self._open.postmark.message_id(delivery.key)
        return Receipt(State.ACCEPTED, "smtp", provider_ref=reference, code=reply.status)

    @property
    def _open(self) -> "_Parts":
        if self._parts is None:
            raise RuntimeError("the email channel is not open")
        return self._parts


def _signer(settings: EmailSettings) -> DkimSigner | None:
    if settings.dkim is None:
        return None
    domain = settings.dkim.domain or author(settings.sender).domain
    return load_signer(settings.dkim.key_file, domain, settings.dkim.selector)


def _seal(settings: EmailSettings) -> Seal | None:
    return load_seal(settings.key_file) if settings.key_file else None
