"""The email channel."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel

from channels._release import check_delivery, check_publication
from channels.email.addresses import mailbox
from channels.email.dialer import Dialer
from channels.email.letter import Letterhead, Stamp
from channels.email.pool import Limits, Pool
from channels.email.session import Envelope
from channels.email.settings import EmailSettings, faults_of
from warnbroker.contracts import CONTRACT_VERSION, ChannelContext, Clock
from warnbroker.errors import ConfigError, PermanentSendError
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Reason, Receipt, State
from warnbroker.model.subscriber import AddressKind

_LETTERS_KEPT = 256


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an open channel works with."""

    clock: Clock
    letterhead: Letterhead
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
        self._settings = settings
        self._letters: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._parts: _Parts | None = None

    async def open(self, context: ChannelContext) -> None:
        """Read what sending needs; the relay is first spoken to when there is a message.

        Raises:
            ConfigError: a setting keeps the channel from working.
        """
        if faults := self.faults():
            raise ConfigError("\n".join(faults))
        settings = self._settings
        dialer = Dialer(settings, context.clock.sleep)
        await dialer.load()
        limits = Limits(settings.connections, settings.max_per_connection, settings.idle_timeout)
        self._parts = _Parts(context.clock, Letterhead(settings), Pool(dialer.dial, limits))

    async def close(self) -> None:
        """End the sessions with the relay."""
        if self._parts is not None:
            await self._parts.pool.close()

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that keeps mail from being sent."""
        return faults_of(self._settings)

    def targets(self, publication: Publication) -> Sequence[Target]:
        """Return nobody: mail goes to subscribers."""
        return ()

    async def prepare(self, publication: Publication) -> None:
        """Build each of the publication's mails, all but the recipients' own lines.

        Raises:
            PermanentSendError: the alert may not leave, or a message has no text.
        """
        check_publication(publication)
        for message in publication.messages:
            if message.channel == self.name and (publication.id, message.id) not in self._letters:
                stamp = Stamp.of(publication, message)
                letter = await asyncio.to_thread(self._open.letterhead.compose, message, stamp)
                self._keep((publication.id, message.id), letter)

    async def send(self, delivery: Delivery) -> Receipt:
        """Hand one mail to the relay; its word is all that there is, for it may lose it later.

        Raises:
            TemporarySendError: known not sent; another attempt may succeed.
            PermanentSendError: known not sent; no attempt can succeed.
            UnknownOutcome: the whole mail was sent, and no reply to it came.
        """
        check_delivery(delivery)
        clock, head, pool = self._open.clock, self._open.letterhead, self._open.pool
        to = mailbox(delivery.address)
        content = head.address(delivery, to) + self._letter(delivery)
        if delivery.expires <= clock.now():
            raise PermanentSendError(Reason.EXPIRED, "the warning is over")
        key = delivery.key
        envelope = Envelope(head.return_path(key), to.text, to.international, key.attempt)
        reply = await pool.deliver(envelope, content)
        reference = reply.queue_id or head.message_id(key)
        return Receipt(State.ACCEPTED, "smtp", provider_ref=reference, code=reply.status)

    @property
    def _open(self) -> "_Parts":
        if self._parts is None:
            raise RuntimeError("the email channel is not open")
        return self._parts

    def _letter(self, delivery: Delivery) -> bytes:
        key = (delivery.key.alert, delivery.message.id)
        letter = self._letters.get(key)
        if letter is None:
            # Not prepared in this process, or so long ago that it was let go.
            alert, now = delivery.key.alert, self._open.clock.now()
            stamp = Stamp(alert, alert, now, delivery.expires)
            letter = self._open.letterhead.compose(delivery.message, stamp)
            self._keep(key, letter)
        self._letters.move_to_end(key)
        return letter

    def _keep(self, key: tuple[str, int], letter: bytes) -> None:
        self._letters[key] = letter
        if len(self._letters) > _LETTERS_KEPT:
            self._letters.popitem(last=False)
