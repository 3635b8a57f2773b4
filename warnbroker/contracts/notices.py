"""Tell offices, beside the public: neighbours, departments, approvers, the tier above."""

from collections.abc import Sequence
from typing import Protocol

from warnbroker.model.authority import Authority
from warnbroker.model.message import MessageKind
from warnbroker.model.record import AlertRecord


class Notifier(Protocol):
    """Writes deliveries of an alert to the contacts of authorities, with receipts like all."""

    async def tell(
        self,
        record: AlertRecord,
        kind: MessageKind,
        authorities: Sequence[Authority],
        *,
        series: str = "",
    ) -> int:
        """Write one delivery for each address of each contact; return how many.

        ``series`` makes a later round of the same kind new; the same series again adds nothing.
        """
        ...
