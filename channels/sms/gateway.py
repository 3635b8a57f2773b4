"""Text messages through a gateway that a description in YAML says how to speak to."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from channels._gateway import Box
from channels._gateway.exchange import once
from channels._gateway.replies import measures
from channels._segments import segments
from channels._twilio import seconds_left
from channels.sms.provider import Text
from channels.sms.settings import GatewayAccount
from warnbroker.contracts import Callback, CallbackAnswer, ChannelContext
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import Receipt, State
from warnbroker.model.subscriber import AddressKind

_SHARED = frozenset({"text", "from", "level", "language", "segments", "unicode", "coding"})
_OWN = frozenset({"to", "digits", "key", "once", "callback", "seconds", "minutes"})


class GatewayProvider:
    """One gateway over HTTP; ``path`` is where its callbacks come, below ``/receipts``."""

    def __init__(self, name: str, settings: GatewayAccount, path: str, where: str) -> None:
        self.name, self._path, self._country = name, path, settings.country
        self.concurrency = settings.concurrency
        self._box = Box(name, settings, f"channels.{where}", _SHARED | _OWN)
        self._by_ref = self._box.by_ref
        # Without any sender in the settings a gateway has one of its own.
        self.needs_sender = "from" in self._box.blanks and bool(settings.senders)
        self._lacks_sender = self.needs_sender and settings.lacks_sender(settings.sender)
        self._sender_setting = f"channels.{where}.from"
        self.receipt_timeout = settings.receipt_timeout if self._box.gateway.reports else None

    async def open(self, context: ChannelContext) -> None:
        """Make ready to send."""
        self._context = context
        root = context.public_url.rstrip("/")
        self._callbacks = f"{root}/receipts/{self._path}" if root else ""
        self._box.open(context)

    async def close(self) -> None:
        """Close the connections."""
        await self._box.close()

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        if self._lacks_sender:
            fault = f"set {self._sender_setting}: senders name some of the numbers that it serves"
            return [*self._box.faults(), fault]
        return self._box.faults()

    def segments(self, text: str) -> int:
        """Return how many segments a text takes."""
        return segments(text).count

    async def send(self, text: Text) -> Receipt:
        """Hand a text to the gateway.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        delivery = text.delivery
        message = (text.body, text.sender, delivery.level, delivery.message.language)
        own = self._own(delivery)
        taken = await self._box.order.ask(message, lambda: _shared(text), own)
        return Receipt(State.ACCEPTED, self.name, taken.ref, code=taken.code, by_ref=self._by_ref)

    def _own(self, delivery: Delivery) -> Mapping[str, str]:
        """Return what is one recipient's alone; it is made anew for each of them."""
        seconds = seconds_left(delivery, self._context.clock)
        path = delivery.key.path
        return {
            "to": delivery.address,
            "digits": delivery.address.removeprefix("+"),
            "key": path,
            "once": once(delivery) if delivery.repeat else path,
            "callback": f"{self._callbacks}/{path}" if self._callbacks else "",
            "seconds": str(seconds),
            "minutes": str(max(1, seconds // 60)),
        }

    async def look_up(self, text: Text, since: datetime) -> Receipt | None:
        """Return nothing: a gateway is not asked."""
        return None

    def report(self, callback: Callback, path: str) -> CallbackAnswer:
        """Read a callback about what was sent.

        Raises:
            SignatureError: it is not the gateway's.
            UnreadableError: it makes no sense.
        """
        return self._box.reports.report(callback, path)

    def inbound(self, callback: Callback) -> CallbackAnswer:
        """Read what somebody wrote to us.

        Raises:
            SignatureError: it is not the gateway's.
            UnreadableError: it makes no sense.
        """
        return self._box.reports.inbound(callback, "sms", AddressKind.PHONE, self._country)


def _shared(text: Text) -> Mapping[str, str]:
    """Return what all who get a text from one sender have in common."""
    return {
        "text": text.body,
        "from": text.sender,
        "level": text.delivery.level,
        "language": text.delivery.message.language,
        **measures(text.body),
    }
