"""Have offices told of one alert early, and never at the public's cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from warnbroker.dispatch.informed import Informer
from warnbroker.dispatch.rows import Row
from warnbroker.model.record import AlertRecord


@dataclass(slots=True)
class Offices:
    """Has the offices around told once, when the first people's rows are written.

    Told after everybody, they would wait behind a whole town; told before, the town behind them.
    """

    informer: Informer | None
    record: AlertRecord
    _is_done: bool = False
    _failed: Exception | None = None

    async def after(self, page: Sequence[Row]) -> None:
        """Have them told if people are on this page; what fails waits for the end."""
        if not self._is_done and any(row.delivery.subscriber_id is not None for row in page):
            await self._tell()

    async def end(self) -> None:
        """Have them told if they are not yet.

        Raises:
            Exception: it failed, now or before; planning again tells them.
        """
        if not self._is_done:
            await self._tell()
        if self._failed is not None:
            raise self._failed

    async def _tell(self) -> None:
        self._is_done = True
        try:
            if self.informer is not None:
                await self.informer.inform(self.record)
        except Exception as error:  # the public must not wait for it
            self._failed = error
