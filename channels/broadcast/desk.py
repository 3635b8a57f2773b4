"""The desk of one station: its folder, our notes on it, and what goes in and out."""

from collections.abc import Sequence
from pathlib import Path

from channels.broadcast import drop
from channels.broadcast.acks import AckTray
from channels.broadcast.courier import Courier
from channels.broadcast.ledger import Ledger
from channels.broadcast.package import Content, packed
from channels.broadcast.programme import Programme
from channels.broadcast.stations import Station
from warnbroker.errors import TemporarySendError
from warnbroker.model.delivery import Delivery
from warnbroker.model.message import MessageKind
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt


class Desk:
    """All dealings with one station; every method does file work and belongs in a thread."""

    def __init__(self, root: Path, station: Station) -> None:
        self.station = station
        self._folder = root / station.id
        self._ledger = Ledger(root / ".sent" / station.id)
        self._courier = Courier(self._folder, self._ledger)
        self._tray = AckTray(self._folder / drop.ACKS, station.id, self._ledger)

    def lay_out(self) -> str:
        """Make the station's folders; return why they cannot be made, or nothing."""
        try:
            drop.lay_out(self._folder)
        except OSError as error:
            return f"station {self.station.id}: {self._folder}: {error.strerror}"
        return ""

    def hand_over(
        self, publication: Publication, delivery: Delivery, programmes: tuple[Programme, ...]
    ) -> Receipt:
        """Make the station's package and drop it; raises as ``Courier.hand_over`` does."""
        try:
            content = Content(
                programmes,
                supersedes=self._ledger.packages_of(publication.supersedes),
                in_area=delivery.message.kind is not MessageKind.OUTSIDE,
            )
            package = packed(publication, self.station, content)
        except OSError as error:
            raise TemporarySendError(Reason.FAULT, error.strerror or "") from error
        return self._courier.hand_over(package, delivery.key)

    def look_up(self, key: AttemptKey) -> Receipt | None:
        """Return a receipt if the delivery's package lies there; raises as ``Courier.look_up``."""
        return self._courier.look_up(key, self._ledger.packages_of((key.alert,)))

    def collect(self) -> Sequence[Evidence]:
        """Return the evidence of the station's new answers; raises as ``AckTray.collect`` does."""
        return self._tray.collect()
