"""One carrier: takes orders over a described gateway, and reports what became of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from channels._gateway import Box
from channels._gateway.exchange import once
from channels._gateway.reports import counted
from channels._twilio import callback_address, seconds_left
from channels.cell.order import SHARED, Order, differs
from channels.cell.settings import Carrier
from warnbroker.contracts import Callback, CallbackAnswer, ChannelContext
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import POSITIVE, AttemptKey, Reason, Receipt

# An order that was called off told nobody; of a Cancel the same word means that it was done.
_CANCEL = "cancel"
_OWN = frozenset({"key", "once", "callback", "seconds", "carrier"})


class CarrierGateway:
    """Hands orders to one carrier; its name is what receipts are from."""

    def __init__(
        self, name: str, settings: Carrier, tolerance: float, orders: Mapping[str, Order]
    ) -> None:
        self.name, self.settings = name, settings
        self._tolerance, self._orders = tolerance, orders
        where = f"channels.cell.carriers.{name}"
        self._box = Box(name, settings, where, SHARED | _OWN, self._judged)

    def open(self, context: ChannelContext) -> None:
        """Make ready to send."""
        self._context = context
        self._box.open(context)

    async def close(self) -> None:
        """Close the connections."""
        await self._box.close()

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        return self._box.faults()

    async def send(self, delivery: Delivery, order: Order) -> Receipt:
        """Hand over an order, or a Cancel of one.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        exchange = self._box.cancel if order.is_cancel else self._box.order
        language = self.settings.language or delivery.message.language
        path = f"cell/{self.name}/{_CANCEL}" if order.is_cancel else f"cell/{self.name}"
        own = self._own(delivery, path)
        taken = await exchange.ask(
            (delivery.key.alert, language), lambda: order.in_language(language), own
        )
        receipt = Receipt(
            taken.state, self.name, taken.ref, code=counted(taken.code, taken.counts),
            by_ref=self._box.by_ref,
        )  # fmt: skip
        return self._judged(receipt, delivery.key, taken.area)

    def _own(self, delivery: Delivery, path: str) -> Mapping[str, str]:
        return {
            "key": delivery.key.path,
            "once": once(delivery),
            "callback": callback_address(self._context, path, delivery),
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
        key = path.removeprefix(f"{_CANCEL}/")
        return self._box.reports.report(callback, key, is_of_cancel=key != path)
