"""The SMS channel: gives each text to the provider that the engine chose, as the right sender."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import ClassVar

from pydantic import BaseModel

from channels._numbers import chosen, country_of
from channels._release import check_delivery, check_publication
from channels._routing import scope_of
from channels._twilio import text_of
from channels.sms.provider import Text, TextProvider
from channels.sms.providers import build_providers
from channels.sms.settings import Account, SmsSettings, TwilioAccount
from warnbroker.contracts import (
    CONTRACT_VERSION,
    Callback,
    CallbackAnswer,
    ChannelContext,
    Limit,
    Provider,
)
from warnbroker.errors import NotFoundError, PermanentSendError, SendError, TemporarySendError
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.message import Message
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Reason, Receipt
from warnbroker.model.subscriber import AddressKind

USUAL_SEGMENTS = 3
_INBOUND = "inbound"


class SmsChannel:
    """Sends the part ``txt`` of a message as a text message."""

    name: ClassVar[str] = "sms"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    address_kind: ClassVar[AddressKind | None] = AddressKind.PHONE
    receipt_prefix: ClassVar[str] = "twilio/sms"
    more_prefixes: ClassVar[tuple[str, ...]] = ("gateway",)
    Settings: ClassVar[type[BaseModel]] = SmsSettings

    def __init__(self, settings: SmsSettings) -> None:
        self.settings = settings
        self._accounts = settings.accounts
        self._providers: Mapping[str, TextProvider] = build_providers(settings)
        self._senders = {name: _senders(account) for name, account in self._accounts.items()}
        self.concurrency: int = sum(p.concurrency for p in self._providers.values())
        timeouts = [p.receipt_timeout for p in self._providers.values() if p.receipt_timeout]
        self.receipt_timeout: float | None = max(timeouts, default=None)
        self._limits = lru_cache(maxsize=8192)(self._limits_of)

    async def open(self, context: ChannelContext) -> None:
        """Open every provider."""
        for provider in self._providers.values():
            await provider.open(context)

    async def close(self) -> None:
        """Close every provider."""
        for provider in self._providers.values():
            await provider.close()

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        return [line for provider in self._providers.values() for line in provider.faults()]

    def targets(self, publication: Publication) -> Sequence[Target]:
        """Return nothing: subscribers have phones."""
        return ()

    async def prepare(self, publication: Publication) -> None:
        """Make nothing, for the text is the message's; look whether the alert may leave.

        Raises:
            PermanentSendError: it may not.
        """
        check_publication(publication)

    def units(self, message: Message) -> int:
        """Return how many segments a text takes at most: which provider it takes is not known."""
        text = message.parts["txt"]
        return max(provider.segments(text) for provider in self._providers.values())

    def budget(self, level: str) -> int:
        """Return how many segments a text of a level should take at most."""
        segments_of = self.settings.segments
        most = segments_of.get(level, segments_of.get("default", USUAL_SEGMENTS))
        return min(most, self.settings.max_segments)

    def providers(self) -> Sequence[Provider]:
        """Return the providers, as the engine chooses among them."""
        return [
            Provider(name, account.weight, account.served, self._providers[name].receipt_timeout)
            for name, account in self._accounts.items()
        ]

    def limits(self, address: str, provider: str) -> Sequence[Limit]:
        """Return the rates of a provider, of the sender and of the country of a number."""
        name = provider if provider in self._accounts else next(iter(self._accounts))
        return self._limits(name, self._sender(name, address), country_of(address))

    def _limits_of(self, name: str, sender: str, country: str) -> Sequence[Limit]:
        return self._accounts[name].limits(name, sender, country)

    def _sender(self, name: str, address: str) -> str:
        return chosen(self._senders[name], address)

    async def send(self, delivery: Delivery) -> Receipt:
        """Hand a text to the delivery's provider; it is ACCEPTED once that one has it.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        check_delivery(delivery)
        text, provider = self._text(delivery)
        if provider.needs_sender and not text.sender:
            raise self._accounts[provider.name].without_sender(delivery.address)
        needed, most = provider.segments(text.body), self.settings.max_segments
        if needed > most:
            raise PermanentSendError(
                Reason.CONTENT, f"the text takes {needed} segments, max_segments is {most}"
            )
        try:
            return await provider.send(text)
        except SendError as error:
            error.scope = scope_of(error.scope, text.sender, delivery.address)
            raise

    def _text(self, delivery: Delivery) -> tuple[Text, TextProvider]:
        name = delivery.provider or next(iter(self._providers))
        if name not in self._providers:
            # The settings have changed since the engine chose.
            raise TemporarySendError(Reason.CONFIG, f"there is no provider {name[:32]!r} any more")
        sender = self._sender(name, delivery.address)
        return Text(delivery, text_of(delivery, "txt"), sender), self._providers[name]

    async def look_up(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """Return what the attempt's provider knows of it; None if nothing.

        Raises:
            SendError: it could not be asked.
        """
        text, provider = self._text(delivery)
        return await provider.look_up(text, since)

    def parse_receipts(self, callback: Callback) -> CallbackAnswer:
        """Read a provider's callback: a report, or a text that somebody wrote.

        Raises:
            SignatureError: it is not the provider's.
            UnreadableError: it makes no sense.
            NotFoundError: there is no such provider.
        """
        name, path = self._addressed(callback)
        provider, account = self._providers.get(name), self._accounts.get(name)
        is_twilio = isinstance(account, TwilioAccount)
        if provider is None or is_twilio != (callback.prefix != self.more_prefixes[0]):
            raise NotFoundError("no provider takes receipts at this address")
        if path == _INBOUND:
            return provider.inbound(callback)
        return provider.report(callback, path)

    def _addressed(self, callback: Callback) -> tuple[str, str]:
        """Return the provider that a callback is for, and what follows its name."""
        if not self.settings.providers:
            return "twilio", callback.path.strip("/")
        name, _, path = callback.path.strip("/").partition("/")
        return name, path


def _senders(account: Account) -> Sequence[tuple[str, str]]:
    service = account.messaging_service_sid if isinstance(account, TwilioAccount) else ""
    return account.senders_or(service or account.sender)
