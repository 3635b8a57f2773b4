"""Take back or correct what was published: one action builds the message with all references."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, takewhile

import orjson

from warnbroker.cap import parse_xml, to_xml
from warnbroker.cap.document import quote
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import AlertStore, IssuerStore
from warnbroker.errors import AlertError, ConflictError, Fault
from warnbroker.intake.accept import Accepted, Body, Intake
from warnbroker.intake.ending import Ending, ended
from warnbroker.intake.lineage import LIFTED, fault_of, over_by
from warnbroker.intake.release.chain import APPROVER
from warnbroker.intake.release.release import Release, Words
from warnbroker.intake.revision import revised
from warnbroker.intake.sound import fingerprint
from warnbroker.model.alert import Alert, Reference
from warnbroker.model.decision import Act
from warnbroker.model.enums import MsgType
from warnbroker.model.record import AlertRecord, AlertState, IssuerRecord

LONGEST_STEM = 200
"""Characters of an earlier identifier that the new one begins with."""

_GONE = frozenset({AlertState.REJECTED, AlertState.WITHDRAWN, AlertState.LAPSED})


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for it and from where; requests of one ``key`` are one request."""

    by: IssuerRecord
    key: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """A warning as it stands: its last message, the last that says something, what to refer to."""

    head: AlertRecord
    alert: Alert
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """A message to be made: ``build`` gives it for a warning as it stands, without identity.

    ``word`` stands in its identifier; ``content`` is what was asked for, in a stable form.
    """

    word: str
    content: bytes
    build: Callable[[Live], Alert]
    reason: str = LIFTED


@dataclass(frozen=True, slots=True)
class Retraction:
    """Builds Cancels and Updates; what it builds goes the way of every alert."""

    alerts: AlertStore
    issuers: IssuerStore
    intake: Intake
    release: Release
    clock: Clock

    async def cancel(self, record: AlertRecord, ending: Ending, request: Request) -> Accepted:
        """End the warning that an alert belongs to; one that still waits is withdrawn.

        The same request again gives the same Cancel.

        Raises:
            AlertError: nothing of the warning is in force, or the words are wrong.
            ForbiddenError: they may not end it.
            ConflictError: the alert was never released.
        """
        if record.state.is_open:
            return await self._withdraw(record, ending, request)

        def build(live: Live) -> Alert:
            return replace(
                live.alert,
                msg_type=MsgType.CANCEL,
                note=ending.note,
                infos=ended(live.alert, ending, live.head.expires),
            )

        texts = {tag: [w.headline, w.description, w.instruction] for tag, w in
                 sorted((ending.texts or {}).items())}  # fmt: skip
        content = orjson.dumps([ending.reason, ending.note, texts])
        return await self._issue(record, Order("cancel", content, build, ending.reason), request)

    async def correct(
        self, record: AlertRecord, content: bytes, *, is_json: bool, request: Request
    ) -> Accepted:
        """Replace what a warning says by an Update; the same request again gives the same.

        ``content`` is a whole message, or the changed fields (``revision.revised``).

        Raises:
            UnreadableError: the content is neither XML nor JSON, as it claims.
            AlertError: it changes nothing, breaks rules, or nothing is in force.
            ForbiddenError: they may not change it.
            ConflictError: the alert was never released.
        """
        if record.state.is_open:
            raise AlertError([fault_of("lineage.pending", quote(record.identifier), path="")])

        def build(live: Live) -> Alert:
            scale = self.intake.remit.scale
            new = revised(content, is_json=is_json, alert=live.alert, scale=scale)
            made = replace(new, msg_type=MsgType.UPDATE)
            if fingerprint(made) == fingerprint(replace(live.alert, msg_type=MsgType.UPDATE)):
                english = "the alert says this already; change something, or do nothing"
                chinese = "与现行预警内容相同，无需更正"
                raise AlertError([Fault("lineage.unchanged", english, chinese=chinese)])
            return made

        return await self._issue(record, Order("update", content, build), request)

    async def _withdraw(self, record: AlertRecord, ending: Ending, request: Request) -> Accepted:
        mine = record.issuer_id == request.by.id
        words = Words(reason=ending.note or f"cancelled before it left: {ending.reason}")
        act = Act.WITHDRAW if mine else Act.REJECT
        decided = await self.release.decide(act, record, request.by, words, origin=request.origin)
        return Accepted(decided, new=False)

    async def _issue(self, record: AlertRecord, order: Order, request: Request) -> Accepted:
        if not record.state.is_released:
            text = f"the alert was never released ({record.state}); nobody was told of it"
            raise ConflictError(text)
        chain = await self.alerts.chain(record.warning_id)
        known, identifier = await self._known(chain, order, request)
        if known is not None:
            return self._again(known, chain, order, request)
        over = over_by(chain, self.clock.now())
        if over is not None:
            raise AlertError([over])
        live = _live(chain, self.clock.now())
        made = replace(
            order.build(live),
            identifier=identifier,
            sent=self.clock.now().replace(microsecond=0),
            references=live.references,
        )
        by = await self._entitled(record, request.by)
        signed = await self.intake.signatures.own(made, to_xml(made), self.intake.clock.now())
        body = Body(signed, "application/cap+xml", request.origin)
        try:
            return await self.intake.accept(by, made, body, reason=order.reason)
        except (AlertError, ConflictError):
            # The same request may have come twice at once, the other one a moment sooner.
            twin = await self.alerts.same_identity(made.sender, identifier)
            if twin is None:
                raise
            return self._again(twin, chain, order, request)

    async def _known(
        self, chain: Sequence[AlertRecord], order: Order, request: Request
    ) -> tuple[AlertRecord | None, str]:
        """Return what the same request made before; else the identifier of what it makes."""
        head = chain[-1]
        if request.key:
            return await self._first(
                head.sender, _identifiers(chain, order.word, "key", request.key)
            )

        def after(item: AlertRecord) -> Iterator[str]:
            return _identifiers(chain, order.word, item.public_id, order.content.hex())

        for replaced in (item for item in chain if item.stopped_by == head.public_id):
            known, _ = await self._first(head.sender, after(replaced))
            if known is not None and known.id == head.id:
                return known, ""
        return await self._first(head.sender, after(head))

    async def _first(
        self, sender: str, identifiers: Iterator[str]
    ) -> tuple[AlertRecord | None, str]:
        """Return the alert of the first identifier that still counts, or the first free one."""
        for identifier in identifiers:
            known = await self.alerts.same_identity(sender, identifier)
            if known is None or known.state not in _GONE:
                return known, identifier
        raise AssertionError("identifiers never end")

    def _again(
        self, known: AlertRecord, chain: Sequence[AlertRecord], order: Order, request: Request
    ) -> Accepted:
        """Return what a request made before; a key must not stand for two requests."""
        if request.key:
            before = list(takewhile(lambda item: item.id != known.id, chain))
            made = order.build(_live(before, known.received_at))
            if fingerprint(made) != known.fingerprint:
                text = "this Idempotency-Key was used for something else; take a new one"
                raise ConflictError(text)
        return Accepted(known, new=False)

    async def _entitled(self, record: AlertRecord, by: IssuerRecord) -> IssuerRecord:
        """Let an approver of the authority that issued an alert speak as its sender."""
        composer = await self.issuers.get(record.issuer_id)
        same = (by.authority_id, by.authority) == (composer.authority_id, composer.authority)
        if APPROVER not in by.roles or not same:
            return by
        return replace(by, roles=(*by.roles, "issuer"), sender=record.sender)


def _live(chain: Sequence[AlertRecord], now: datetime) -> Live:
    said = [item for item in chain if item.msg_type is not MsgType.CANCEL]
    alerts = [parse_xml(item.document, limit=len(item.document) + 1) for item in said]
    speaking = next((alert for alert in reversed(alerts) if alert.infos), alerts[-1])
    # A record knows only the instant; a reference names ``sent`` as the message itself wrote it.
    pairs = list(zip(said, alerts, strict=True))
    named = [alert for item, alert in pairs if item.expires > now] or alerts
    references = tuple(Reference(item.sender, item.identifier, item.sent) for item in named)
    return Live(chain[-1], speaking, references)


def _identifiers(chain: Sequence[AlertRecord], *seeds: str) -> Iterator[str]:
    """Yield identifiers that the same seeds give again: the first, then with a number."""
    first = chain[0]
    spelt = "\n".join((first.warning_id, *seeds)).encode()
    stem = f"{first.identifier[:LONGEST_STEM]}.{seeds[0]}.{hashlib.sha256(spelt).hexdigest()[:16]}"
    yield stem
    for number in count(2):
        yield f"{stem}.{number}"
