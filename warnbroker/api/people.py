"""How many people were reached, counted no more often than a ledger can bear."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic, perf_counter

from warnbroker.contracts.channel import Channel, ManyProviders
from warnbroker.contracts.escalation import Capable, Confirming, LadderStore, Reached
from warnbroker.model.record import AlertRecord

REST = 20.0
"""How long a count is good for, in times that it took: there may be a million people."""

KEPT = 64


@dataclass(slots=True)
class PeopleCounts:
    """Counts the people of alerts."""

    ladders: LadderStore
    channels: Mapping[str, Channel]
    _kept: dict[int, tuple[float, dict[str, object]]] = field(default_factory=dict)

    async def of(self, record: AlertRecord) -> dict[str, object]:
        """Return how many people were reached how well, and what was done for the others."""
        until, found = self._kept.get(record.id, (0.0, {}))
        if monotonic() < until:
            return found
        began = perf_counter()
        found = _json(await self.ladders.reached(record.id, self._capable(), self._confirming()))
        while len(self._kept) >= KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[record.id] = monotonic() + REST * (perf_counter() - began), found
        return found

    def _capable(self) -> Capable:
        """Return the channels on which receipts can come, with the providers that give any."""
        found: dict[str, frozenset[str] | None] = {}
        for name, channel in self.channels.items():
            providers = channel.providers() if isinstance(channel, ManyProviders) else ()
            telling = frozenset(one.name for one in providers if one.receipt_timeout is not None)
            if providers and len(telling) < len(providers):
                found[name] = telling
            elif providers or channel.receipt_timeout is not None:
                found[name] = None
        return found

    def _confirming(self) -> frozenset[str]:
        return frozenset(
            name
            for name, channel in self.channels.items()
            if isinstance(channel, Confirming) and channel.confirms
        )


def _json(found: Reached) -> dict[str, object]:
    return {
        "people": {
            "total": found.people,
            "confirmed": found.confirmed,
            "delivered": found.delivered,
            "no_receipt": found.no_receipt,
            "unreached": found.unreached,
        },
        "escalation": {
            "steps": found.steps,
            "climbing": found.climbing,
            "delayed": found.delayed,
            "listed": found.listed,
            "open": found.open,
            "desk": found.desk,
            "answers": found.answers,
        },
    }
