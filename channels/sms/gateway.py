"""Text messages through a gateway that a description in YAML says how to speak to."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from channels._codes import load_codes
from channels._gateway import Exchange, Reports, load_gateway
from channels._gateway.exchange import once
from channels._http import Reconnecting, time_limits
from channels._segments import Encoding, segments
from channels._twilio import callback_address, seconds_left
from channels.sms.provider import Text
from channels.sms.settings import GatewayAccount
from warnbroker.contracts import Callback, CallbackAnswer, ChannelContext
from warnbroker.errors import ConfigError
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import Receipt, State
from warnbroker.model.subscriber import AddressKind

_SHARED = frozenset({"text", "from", "level", "language", "segments", "unicode", "coding"})


class GatewayProvider:
    """One gateway over HTTP; ``path`` is where its callbacks come, below ``/receipts``."""

    def __init__(self, name: str, settings: GatewayAccount, path: str, where: str) -> None:
        self.name, self.settings, self._path, self._where = name, settings, path, where
        self.concurrency = settings.concurrency
        gateway = load_gateway(settings.description)
        secret = settings.callback_secret.get_secret_value()
        self._values = {k: v.get_secret_value() for k, v in settings.values.items()}
        values = dict.fromkeys(gateway.values, "") | self._values | {"secret": secret}
        try:
            self._exchange = Exchange(gateway, gateway.request, settings.base_url, values)
        except ValueError as error:
            raise ConfigError(f"{settings.description}: request: {error}") from error
        blanks = self._exchange.form.blanks
        _refuse_unknown(settings, blanks)
        self._wanted = [(name, value) for name, value in _OWN.items() if name in blanks]
        if not gateway.takes(secret):
            raise ConfigError(
                f"channels.{where}.callback_secret: stands in an address, so it may hold letters, "
                "digits and . _ ~ - only"
            )
        self._gateway = gateway
        self._reports = Reports(name, gateway, secret, settings.callback_user)
        self._statuses = load_codes("http", settings.codes)["statuses"]
        self.receipt_timeout = settings.receipt_timeout if gateway.reports else None
        self._by_ref = bool(gateway.reports and gateway.reports.ref)

    async def open(self, context: ChannelContext) -> None:
        """Take the engine's session."""
        self._context, settings = context, self.settings
        limits = time_limits(settings.connect_timeout, settings.read_timeout)
        again = Reconnecting(context.clock.sleep)
        self._exchange.open(context.session, limits, again, self._statuses)

    async def close(self) -> None:
        """Do nothing: the session is the engine's."""

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        settings, where = self.settings, f"channels.{self._where}"
        faults = [] if settings.base_url else [f"set {where}.base_url: the gateway's address"]
        faults += [
            f"set {where}.values.{name}: {settings.description.name} asks for it"
            for name in self._gateway.values
            if not self._values.get(name)
        ]
        if self._gateway.reports and not settings.callback_secret.get_secret_value():
            faults.append(f"set {where}.callback_secret: reports are proved with it")
        return faults

    async def send(self, text: Text) -> Receipt:
        """Hand a text to the gateway.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        delivery = text.delivery
        self.left(delivery)
        message = (text.body, text.sender, delivery.level, delivery.message.language)
        own = {name: value(self, delivery) for name, value in self._wanted}
        taken = await self._exchange.ask(message, lambda: _shared(text), own)
        return Receipt(State.ACCEPTED, self.name, taken.ref, code=taken.code, by_ref=self._by_ref)

    def left(self, delivery: Delivery) -> int:
        """Return how many seconds a delivery may still take.

        Raises:
            PermanentSendError: none; it has expired.
        """
        return seconds_left(delivery, self._context.clock)

    def callback(self, delivery: Delivery) -> str:
        """Return where the gateway is to report on an attempt."""
        return callback_address(self._context, self._path, delivery)

    async def look_up(self, text: Text, since: datetime) -> Receipt | None:
        """Return nothing: a gateway is not asked."""
        return None

    def report(self, callback: Callback, path: str) -> CallbackAnswer:
        """Read a callback about what was sent.

        Raises:
            SignatureError: it is not the gateway's.
            UnreadableError: it makes no sense.
        """
        return self._reports.report(callback, path)

    def inbound(self, callback: Callback) -> CallbackAnswer:
        """Read what somebody wrote to us.

        Raises:
            SignatureError: it is not the gateway's.
            UnreadableError: it makes no sense.
        """
        return self._reports.inbound(callback, "sms", AddressKind.PHONE)


def _shared(text: Text) -> Mapping[str, str]:
    """Return what all who get a text from one sender have in common."""
    message, size = text.delivery.message, segments(text.body)
    unicode = size.encoding is Encoding.UCS_2
    return {
        "text": text.body,
        "from": text.sender,
        "level": text.delivery.level,
        "language": message.language,
        "segments": str(size.count),
        "unicode": "true" if unicode else "false",
        "coding": "2" if unicode else "0",
    }


_OWN: Mapping[str, Callable[[GatewayProvider, Delivery], str]] = {
    "to": lambda _provider, delivery: delivery.address,
    "digits": lambda _provider, delivery: delivery.address.removeprefix("+"),
    "key": lambda _provider, delivery: delivery.key.path,
    "once": lambda _provider, delivery: once(delivery),
    "callback": lambda provider, delivery: provider.callback(delivery),
    "seconds": lambda provider, delivery: str(provider.left(delivery)),
    "minutes": lambda provider, delivery: str(max(1, provider.left(delivery) // 60)),
}


def _refuse_unknown(settings: GatewayAccount, blanks: set[str]) -> None:
    known = {*_SHARED, *_OWN}
    if unknown := sorted(blanks - known):
        raise ConfigError(
            f"{settings.description}: request: nothing is called {{{unknown[0]}}}; "
            f"name it in values, or use {', '.join(sorted(known))}"
        )
