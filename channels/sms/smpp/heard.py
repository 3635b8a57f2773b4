"""What people write over a bind: passed on, and answered."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime

from channels._numbers import chosen, international
from channels.sms.settings import SmppAccount
from channels.sms.smpp.errands import Errands
from channels.sms.smpp.incoming import Delivered
from warnbroker.contracts import CallbackAnswer, ChannelContext, Said
from warnbroker.errors import SendError
from warnbroker.log import log
from warnbroker.model.event import Event
from warnbroker.model.subscriber import AddressKind

_LONGEST_TEXT = 2_000
_INTERNATIONAL, _NATIONAL = 1, 2
_KEPT = 10_000

Reply = Callable[[str, str, str], Awaitable[None]]
"""Sends a number, from a sender, a text."""


class Letterbox:
    """Passes on what people write to one provider, and answers them once."""

    def __init__(self, name: str, settings: SmppAccount, reply: Reply, errands: Errands) -> None:
        self._name, self._country = name, settings.country
        self._senders = settings.senders_or(settings.sender)
        self._reply, self._errands = reply, errands
        self._answered: OrderedDict[str, None] = OrderedDict()

    async def take(self, found: Delivered, context: ChannelContext) -> None:
        """Return once a text is kept; answers go out by themselves.

        Raises:
            StoreError: it was not.
        """
        said = self._said(found, context.clock.now())
        answers = await context.report(CallbackAnswer(said=(said,)))
        if self._is_first(said.ref):
            for answer in filter(None, answers):
                self._errands.begin(self._answer(said.address, answer))

    def _said(self, found: Delivered, now: datetime) -> Said:
        country = "" if found.ton == _INTERNATIONAL else self._country
        number = international(found.source, country, is_national=found.ton == _NATIONAL)
        text, ref = found.text[:_LONGEST_TEXT], f"{self._name}:{_digest(found, now)}"
        return Said("sms", AddressKind.PHONE, number, text, ref=ref)

    def _is_first(self, ref: str) -> bool:
        is_first = ref not in self._answered
        self._answered[ref] = None
        while len(self._answered) > _KEPT:
            self._answered.popitem(last=False)
        return is_first

    async def _answer(self, number: str, text: str) -> None:
        """Answer who wrote to us; what does not go out is not tried again."""
        sender = chosen(self._senders, number)
        if not sender:
            self._note("no sender is set for who wrote to us")
            return
        try:
            await self._reply(number, sender, text)
        except SendError as error:
            self._note(str(error))
        except Exception as error:  # nobody waits for this task, so nobody else would see it
            log.exception(Event.CHANNEL_FAULT, channel="sms", kind=type(error).__name__)

    def _note(self, fault: str) -> None:
        log.warning(Event.CHANNEL_FAULT, channel="sms", fault=f"{self._name}: {fault}")


def _digest(found: Delivered, now: datetime) -> str:
    """Return what a text is known by when it comes again: its centre gives it no id."""
    parts = (found.source, found.to, found.text, str(found.part), f"{now:%Y-%m-%dT%H:%M}")
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
