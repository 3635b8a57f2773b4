"""``/receipts/…``: what providers report, signed, in any order, more than once."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

from aiohttp import web

from warnbroker.api.body import read_body
from warnbroker.contracts.channel import (
    Callback,
    CallbackAnswer,
    Channel,
    ManyPrefixes,
    ReceiptParser,
)
from warnbroker.contracts.evidence import EvidenceSink
from warnbroker.contracts.inbound import Hearer
from warnbroker.errors import NotFoundError, SignatureError, UnreadableError
from warnbroker.failpoints import Point, reach
from warnbroker.log import log
from warnbroker.model.event import Event
from warnbroker.model.receipt import Evidence

QUIET = 60.0
"""Seconds between two lines of the log about callbacks that were refused."""

PATIENCE = 10.0
"""Seconds that the body of a callback may take: providers do not send from a bad line."""

_PUBLIC_ID = re.compile("[a-z2-7]{26}")

LARGEST = 256 * 1024
"""Bytes of a callback; anybody may send one, and many at once."""


@dataclass(slots=True)
class Refusals:
    """Counts callbacks with a wrong signature: anybody may send any number of them."""

    _counts: Counter[str] = field(default_factory=Counter)
    _told: dict[str, float] = field(default_factory=dict)

    def note(self, channel: str) -> None:
        """Log the first one, then how many there were, at most once a minute."""
        self._counts[channel] += 1
        now = monotonic()
        if now - self._told.get(channel, -QUIET) >= QUIET:
            self._told[channel] = now
            log.warning(Event.CALLBACK_REFUSED, channel=channel, count=self._counts.pop(channel))


@dataclass(frozen=True, slots=True)
class ReceiptResource:
    """Hands a callback to the channel whose prefix it bears; ``public_url`` is what was signed."""

    channels: Mapping[str, Channel]
    sink: EvidenceSink
    hearer: Hearer
    public_url: str
    refusals: Refusals = field(default_factory=Refusals)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        path = "/receipts/{path:.+}"
        # Kannel and others call an address back by fetching it.
        return [
            web.post(path, self.take_receipt),
            web.get(path, self.take_receipt, allow_head=False),
        ]

    async def take_receipt(self, request: web.Request) -> web.Response:
        """Record what a callback proves, also where it is a repeat or of an unknown attempt."""
        path = request.match_info["path"]
        name, parser, prefix = self._parser(path)
        callback = Callback(
            method=request.method,
            path=path.removeprefix(f"{prefix}/"),
            url=self.public_url + request.raw_path,
            headers=request.headers,
            body=await read_body(request, LARGEST, patience=PATIENCE),
            prefix=prefix,
        )
        try:
            answer = parser.parse_receipts(callback)
        except SignatureError:
            self.refusals.note(name)
            raise
        refuse_beyond_numbers(answer.evidence, least=1)
        reach(Point.CALLBACK_READ)
        await self.sink.record(answer.evidence)
        reach(Point.CALLBACK_KEPT)
        return _response(answer, await self.hearer.hear(answer.said))

    def _parser(self, path: str) -> tuple[str, ReceiptParser, str]:
        for name, channel in self.channels.items():
            if isinstance(channel, ReceiptParser):
                for prefix in _prefixes(channel):
                    if path.startswith(f"{prefix}/"):
                        return name, channel, prefix
        raise NotFoundError("no channel takes receipts at this address")


def _prefixes(parser: ReceiptParser) -> Sequence[str]:
    more = parser.more_prefixes if isinstance(parser, ManyPrefixes) else ()
    return (parser.receipt_prefix, *more)


def _response(answer: CallbackAnswer, replies: Sequence[str]) -> web.Response:
    body = _body(answer, replies)
    if not body and answer.bodiless == web.HTTPNoContent.status_code:
        return web.Response(status=204)
    headers = answer.headers(body) if body and answer.headers else None
    status = 200 if body else answer.bodiless
    return web.Response(status=status, text=body, content_type=answer.content_type, headers=headers)


def _body(answer: CallbackAnswer, replies: Sequence[str]) -> str:
    return answer.reply(replies) if answer.reply and any(replies) else answer.body


def refuse_beyond_numbers(evidence: Sequence[Evidence], least: int = 0) -> None:
    """Refuse what no attempt can be called: no database holds it, and it would spoil the commit.

    ``least`` is the lowest attempt that may be spoken of: 1 where only the engine may say
    something of a delivery as a whole.
    """
    for key in (item.key for item in evidence if item.key):
        named = _PUBLIC_ID.fullmatch(key.alert)
        if not (named and 0 <= key.delivery < 2**63 and least <= key.attempt < 2**31):
            raise UnreadableError("the callback's address names no attempt")
