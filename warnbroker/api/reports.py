"""``POST /receipts/…``: reports that an operator hands in, such as a bounce found elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from warnbroker.api.access import operator
from warnbroker.api.body import read_body
from warnbroker.api.receipts import refuse_beyond_numbers
from warnbroker.api.summary import json_response
from warnbroker.contracts.channel import Channel, OperatorReceipts, Reported
from warnbroker.contracts.evidence import EvidenceSink
from warnbroker.contracts.inbound import Hearer
from warnbroker.contracts.store import AlertStore, DeliveryStore, IssuerStore


@dataclass(frozen=True, slots=True)
class ReportResource:
    """Takes reports for the channels that read them."""

    channels: Mapping[str, Channel]
    issuers: IssuerStore
    alerts: AlertStore
    deliveries: DeliveryStore
    sink: EvidenceSink
    hearer: Hearer

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes; they go before the one for callbacks."""
        return [
            web.post(f"/receipts/{channel.report_path}", partial(self._take, channel))
            for channel in self.channels.values()
            if isinstance(channel, OperatorReceipts)
        ]

    async def _take(self, channel: OperatorReceipts, request: web.Request) -> web.Response:
        """Record what a report proves; answer what it says of whom, matched or not."""
        await operator(request, self.issuers)
        answer = await channel.read_report(await read_body(request, channel.largest_report))
        refuse_beyond_numbers(answer.evidence)
        await self.sink.record(answer.evidence)
        await self.hearer.hear(answer.said)
        return json_response([await self._shown(item) for item in answer.reported or ()])

    async def _shown(self, item: Reported) -> dict[str, object]:
        return {
            "recipient": item.recipient,
            "status": item.status,
            "permanent": item.permanent,
            "matched_delivery": await self._matched(item),
        }

    async def _matched(self, item: Reported) -> str | None:
        """Return the delivery that a report is about, if the ledger knows it."""
        if item.key is None:
            return None
        alert = await self.alerts.find(item.key.alert)
        if alert is None:
            return None
        found = await self.deliveries.claimed(alert.id, item.key.delivery)
        return None if found is None else str(found.id)
