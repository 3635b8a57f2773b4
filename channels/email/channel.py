"""The email channel."""

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar

from aiohttp import web
from pydantic import BaseModel

from channels._release import check_delivery, check_publication
from channels.email.addresses import author
from channels.email.desk import Desk
from channels.email.dialer import Dialer
from channels.email.dkim import DkimSigner, load_signer
from channels.email.incoming.listener import Listener
from channels.email.incoming.origin import Origins
from channels.email.incoming.sorter import Sorter
from channels.email.letter import Letterhead
from channels.email.pool import Limits, Pool
from channels.email.post import Post
from channels.email.postmark import Postmark
from channels.email.refusals import Refusals, load_refusals
from channels.email.seal import Seal, load_seal
from channels.email.settings import EmailSettings, faults_of
from channels.email.unsubscribe import UnsubscribePages
from warnbroker.contracts import CONTRACT_VERSION, CallbackAnswer, ChannelContext
from warnbroker.errors import ConfigError, SendError
from warnbroker.log import log
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.event import Event
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Receipt
from warnbroker.model.subscriber import AddressKind


class EmailChannel:
    """Sends mail through one relay, and reads what comes back."""

    name: ClassVar[str] = "email"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    address_kind: ClassVar[AddressKind | None] = AddressKind.EMAIL
    Settings: ClassVar[type[BaseModel]] = EmailSettings
    report_path: ClassVar[str] = "email"
    largest_report: ClassVar[int] = 10 << 20

    def __init__(self, settings: EmailSettings) -> None:
        self.concurrency = settings.connections
        self.receipt_timeout = settings.receipt_timeout
        self.batch = settings.recipients_per_message
        self._settings = settings
        self._post: Post | None = None
        self._pages = UnsubscribePages()
        self._listener: Listener | None = None
        self._deaf: list[str] = []

    async def open(self, context: ChannelContext) -> None:
        """Read what sending needs; the relay is first spoken to when there is a message.

        Raises:
            ConfigError: a setting keeps the channel from working.
        """
        settings, self._deaf = self._settings, []
        seal = self._seal()
        # Whoever has a mail may unsubscribe, also while the relay is not set up.
        self._pages.open(seal, context.report)
        if faults := self._blocking():
            raise ConfigError("\n".join(faults))
        dialer = Dialer(settings, _codes(settings), context.clock.sleep)
        await dialer.load()
        limits = Limits(settings.connections, settings.max_per_connection, settings.idle_timeout)
        letterhead = Letterhead(settings, _signer(settings))
        self._post = Post(
            context.clock,
            letterhead,
            Desk(letterhead, context),
            Postmark(settings, letterhead.author.addr_spec, context.public_url, seal),
            Pool(dialer.dial, limits),
        )
        await self._listen(context, seal)

    async def close(self) -> None:
        """Take nothing in any more, and end the sessions with the relay."""
        if self._listener is not None:
            await self._listener.close()
        if self._post is not None:
            await self._post.pool.close()

    def faults(self) -> Sequence[str]:
        """Return one line for each thing that keeps mail from being sent, or read."""
        return [*self._blocking(), *self._deaf]

    def _blocking(self) -> Sequence[str]:
        faults = faults_of(self._settings)
        checks: tuple[Callable[[EmailSettings], object], ...] = (_signer, _codes)
        for check in checks:
            try:
                check(self._settings)
            except ConfigError as error:
                faults += str(error).splitlines()
        return faults

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes of the unsubscribe links."""
        return self._pages.routes()

    async def read_report(self, body: bytes) -> CallbackAnswer:
        """Read a mail that an operator hands in, who vouches for it."""
        sorter = _sorter(self._settings, self._seal())
        return await asyncio.to_thread(sorter.sort, body, vouched=True)

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
        check_delivery(delivery)
        return await self._open.send(delivery)

    async def send_batch(self, deliveries: Sequence[Delivery]) -> Sequence[Receipt | SendError]:
        """Hand one mail for several recipients to the relay, or as few as it needs for them."""
        return await self._open.send_batch(deliveries)

    @property
    def _open(self) -> Post:
        if self._post is None:
            raise RuntimeError("the email channel is not open")
        return self._post

    def _seal(self) -> Seal | None:
        """Return the seal; where its key is out of reach mails must leave all the same."""
        file = self._settings.key_file
        try:
            return load_seal(file) if file else None
        except ConfigError as error:
            self._note(error, "key")
            return None

    def _note(self, error: ConfigError, step: str) -> None:
        self._deaf = sorted({*self._deaf, str(error)})
        log.error(Event.CHANNEL_FAULT, channel=self.name, step=step, error=str(error))

    async def _listen(self, context: ChannelContext, seal: Seal | None) -> None:
        """Begin to take mails in; where that fails warnings must leave all the same."""
        settings = self._settings
        if settings.listener is None:
            return
        sorter = _sorter(settings, seal)
        self._listener = Listener(settings.listener, sorter, context.report, context.clock)
        try:
            await self._listener.open()
        except ConfigError as error:
            self._note(error, "listener")


def _signer(settings: EmailSettings) -> DkimSigner | None:
    if settings.dkim is None:
        return None
    domain = settings.dkim.domain or author(settings.sender).domain
    return load_signer(settings.dkim.key_file, domain, settings.dkim.selector)


def _codes(settings: EmailSettings) -> Refusals:
    return load_refusals(settings.codes)


def _sorter(settings: EmailSettings, seal: Seal | None) -> Sorter:
    domain = author(settings.sender).domain if settings.sender else ""
    origins = Origins(settings.bounce_domain, domain, seal)
    return Sorter(origins, _codes(settings))
