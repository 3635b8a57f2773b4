"""The channel for area orders: one delivery for each carrier, and no numbers."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from channels._release import check_delivery, check_publication
from channels.cell.carrier import CarrierGateway
from channels.cell.order import Order
from channels.cell.settings import CellSettings
from warnbroker.contracts import CONTRACT_VERSION, Callback, CallbackAnswer, ChannelContext
from warnbroker.errors import NotFoundError, PermanentSendError, TemporarySendError
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Reason, Receipt
from warnbroker.model.standing import Standing
from warnbroker.model.subscriber import AddressKind

_KEPT = 256


class CellChannel:
    """Orders of each carrier that it tells everybody in the area of an alert."""

    name: ClassVar[str] = "cell"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    address_kind: ClassVar[AddressKind | None] = None
    receipt_prefix: ClassVar[str] = "cell"
    Settings: ClassVar[type[BaseModel]] = CellSettings

    def __init__(self, settings: CellSettings) -> None:
        self.settings = settings
        self.concurrency: int = settings.concurrency
        self.receipt_timeout: float | None = settings.receipt_timeout
        self._orders: dict[str, Order] = {}
        self._carriers = {
            name: CarrierGateway(name, carrier, settings.tolerance, self._orders)
            for name, carrier in settings.carriers.items()
        }

    async def open(self, context: ChannelContext) -> None:
        """Open every carrier."""
        for carrier in self._carriers.values():
            carrier.open(context)

    async def close(self) -> None:
        """Close every carrier."""
        for carrier in self._carriers.values():
            await carrier.close()

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        if not self._carriers:
            return ["set channels.cell.carriers: without one nobody takes an order"]
        return [line for carrier in self._carriers.values() for line in carrier.faults()]

    def targets(self, publication: Publication) -> Sequence[Target]:
        """Return the carriers; for a drill those that are there for tests, and no other."""
        standing = Standing.of(publication.alert)
        if not (standing.is_sent and standing.is_for_all):
            return ()
        return [
            Target(name, carrier.settings.language)
            for name, carrier in self._carriers.items()
            if carrier.settings.test == standing.is_drill
        ]

    async def prepare(self, publication: Publication) -> None:
        """Write the order once, for all carriers.

        Raises:
            PermanentSendError: the alert is not for everybody, or a drill lacks its mark.
        """
        check_publication(publication, everybody=True)
        self._orders[publication.id] = Order.of(publication)
        while len(self._orders) > _KEPT:
            self._orders.pop(next(iter(self._orders)))

    async def send(self, delivery: Delivery) -> Receipt:
        """Hand the order to the delivery's carrier.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        standing = check_delivery(delivery, everybody=True)
        carrier = self._carriers.get(delivery.address)
        if carrier is None:
            raise PermanentSendError(Reason.RECIPIENT, "there is no such carrier any more")
        if carrier.settings.test != standing.is_drill:
            raise PermanentSendError(Reason.POLICY, "drills go to carriers for tests alone")
        order = self._orders.get(delivery.key.alert)
        if order is None:
            raise TemporarySendError(Reason.NOT_PUBLISHED, "the alert was not prepared")
        return await carrier.send(delivery, order)

    def parse_receipts(self, callback: Callback) -> CallbackAnswer:
        """Read a carrier's callback.

        Raises:
            SignatureError: it is not the carrier's.
            UnreadableError: it makes no sense.
            NotFoundError: there is no such carrier.
        """
        name, _, path = callback.path.strip("/").partition("/")
        if name not in self._carriers:
            raise NotFoundError("no carrier reports at this address")
        return self._carriers[name].report(callback, path)
