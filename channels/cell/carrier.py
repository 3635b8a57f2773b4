"""One carrier: takes orders over a described gateway, and reports what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from channels._codes import load_codes
from channels._gateway import Exchange, Reports, load_gateway
from channels._gateway.exchange import once
from channels._gateway.reports import counted
from channels._http import Reconnecting, time_limits
from channels._twilio import callback_address, seconds_left
from channels.cell.order import SHARED, Order, differs
from channels.cell.settings import Carrier
from warnbroker.contracts import Callback, CallbackAnswer, ChannelContext
from warnbroker.errors import ConfigError
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import POSITIVE, AttemptKey, Reason, Receipt

_OWN = frozenset({"key", "once", "callback", "seconds", "carrier"})


class CarrierGateway:
    """Hands orders to one carrier; its name is what receipts are from."""

    def __init__(
        self, name: str, settings: Carrier, tolerance: float, orders: Mapping[str, Order]
    ) -> None:
        self.name, self.settings = name, settings
        self._tolerance, self._orders = tolerance, orders
        gateway = load_gateway(settings.description)
        secret = settings.callback_secret.get_secret_value()
        self._values = {k: v.get_secret_value() for k, v in settings.values.items()}
        values = dict.fromkeys(gateway.values, "") | self._values | {"secret": secret}
        requests = [gateway.request, gateway.cancel or gateway.request]
        try:
            self._order, self._cancel = (
                Exchange(gateway, request, settings.base_url, values) for request in requests
            )
        except ValueError as error:
            raise ConfigError(f"{settings.description}: request: {error}") from error
        self._refuse_unknown(self._order.form.blanks | self._cancel.form.blanks)
        self._gateway, self._has_secret = gateway, bool(secret)
        self._reports = Reports(name, gateway, secret, settings.callback_user, self._judged)

    def open(self, context: ChannelContext) -> None:
        """Take the engine's session."""
        self._context, settings = context, self.settings
        limits = time_limits(settings.connect_timeout, settings.read_timeout)
        statuses = load_codes("http", settings.codes)["statuses"]
        for exchange in (self._order, self._cancel):
            exchange.open(context.session, limits, Reconnecting(context.clock.sleep), statuses)

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        where, settings = f"channels.cell.carriers.{self.name}", self.settings
        faults = [] if settings.base_url else [f"set {where}.base_url: the carrier's address"]
        faults += [
            f"set {where}.values.{name}: {settings.description.name} asks for it"
            for name in self._gateway.values
            if not self._values.get(name)
        ]
        if self._gateway.reports and not self._has_secret:
            faults.append(f"set {where}.callback_secret: reports are proved with it")
        return faults

    async def send(self, delivery: Delivery, order: Order) -> Receipt:
        """Hand over an order, or a Cancel of one.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        exchange = self._cancel if order.is_cancel else self._order
        language = self.settings.language or delivery.message.language
        own = self._own(delivery)
        taken = await exchange.ask(
            (delivery.key.alert, language), lambda: order.in_language(language), own
        )
        receipt = Receipt(
            taken.state, self.name, taken.ref, code=counted(taken.code, taken.counts),
            by_ref=bool(self._gateway.reports and self._gateway.reports.ref),
        )  # fmt: skip
        return self._judged(receipt, delivery.key, taken.area)

    def _own(self, delivery: Delivery) -> Mapping[str, str]:
        return {
            "key": delivery.key.path,
            "once": once(delivery),
            "callback": callback_address(self._context, f"cell/{self.name}", delivery),
            "seconds": str(seconds_left(delivery, self._context.clock)),
            "carrier": self.name,
        }

    def _judged(self, receipt: Receipt, key: AttemptKey | None, area: Any) -> Receipt:
        """Flag a carrier's word that it used another area than was ordered."""
        order = self._orders.get(key.alert) if key else None
        if area is None or order is None or receipt.state not in POSITIVE:
            return receipt
        other = differs(order.area, area, self._tolerance)
        return replace(receipt, reason=Reason.AREA_DIFFERS) if other else receipt

    def report(self, callback: Callback, path: str) -> CallbackAnswer:
        """Read a callback.

        Raises:
            SignatureError: it is not the carrier's.
            UnreadableError: it makes no sense.
        """
        return self._reports.report(callback, path)

    def _refuse_unknown(self, blanks: set[str]) -> None:
        known = SHARED | _OWN
        if unknown := sorted(blanks - known):
            raise ConfigError(
                f"{self.settings.description}: request: nothing is called {{{unknown[0]}}}; "
                f"name it in values, or use {', '.join(sorted(known))}"
            )
