"""An SMPP centre as a provider of text messages."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import count

from channels._codes import load_codes
from channels._twilio import seconds_left
from channels.sms.provider import Text
from channels.sms.settings import SmppAccount
from channels.sms.smpp.binds import Binds, refusal
from channels.sms.smpp.errands import Errands
from channels.sms.smpp.heard import Letterbox
from channels.sms.smpp.incoming import Delivered, MalformedError, Pdu
from channels.sms.smpp.outgoing import Origin, Shape, Submit, segments_in, submits, validity_of
from channels.sms.smpp.receipts import Ids, Parts, Whole, evidence_of
from channels.sms.smpp.session import SUBMIT_SM, Session
from warnbroker.contracts import Callback, CallbackAnswer, ChannelContext
from warnbroker.errors import (
    NotFoundError,
    PermanentSendError,
    SendError,
    StoreError,
    UnknownOutcome,
)
from warnbroker.log import log
from warnbroker.model.event import Event
from warnbroker.model.receipt import Evidence, Reason, Receipt, State

ESME_ROK, ESME_RX_T_APPN = 0x00, 0x64


class SmppProvider:
    """One centre, over one or more binds."""

    needs_sender = True

    def __init__(self, name: str, settings: SmppAccount, where: str) -> None:
        self.name, self.settings, self._where = name, settings, where
        self.concurrency = settings.binds * settings.window
        self.receipt_timeout: float | None = settings.receipt_timeout
        codes = load_codes("smpp", settings.codes)
        self._statuses, self._stats = codes["command_status"], codes["stat"]
        self._shape = Shape(settings.default_alphabet, settings.long, settings.service_type)
        self._references = count()
        self._submits = lru_cache(maxsize=256)(self._written)
        self._ids, self._parts = Ids(settings.hexadecimal_ids), Parts()
        self._binds = Binds(name, settings, self._statuses, self._delivered)
        self._errands = Errands()
        self._letterbox = Letterbox(name, settings, self._reply, self._errands)

    async def open(self, context: ChannelContext) -> None:
        """Begin to bind."""
        self._context = context
        self._binds.open()

    async def close(self) -> None:
        """Give up the binds, and finish what they brought."""
        await self._binds.close()
        await self._errands.finish()

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing, and why there is no bind."""
        settings, where = self.settings, f"channels.{self._where}"
        wanted = {
            "host": settings.host,
            "system_id": settings.system_id,
            "from": not settings.lacks_sender(settings.sender),
        }
        faults = [
            f"set {where}.{name}: the operator of the centre gave it to you"
            for name, value in wanted.items()
            if not value
        ]
        if self._binds.fault:
            faults.append(f"{where}: {self._binds.fault}")
        return faults

    def segments(self, text: str) -> int:
        """Return how many segments a text takes in the centre's alphabet."""
        return segments_in(text, self._shape.alphabet)

    async def send(self, text: Text) -> Receipt:
        """Submit a text; it is ACCEPTED once the centre has given an id to each of its parts.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        validity = validity_of(seconds_left(text.delivery, self._context.clock))
        parts = self._submits(text.body, text.sender)
        session = await self._binds.session()
        bodies = [self._body(part, text, validity) for part in parts]
        # The first one alone: what it is refused for, the others would be refused for too.
        whole = Whole(len(bodies), text.delivery.key)
        first = await self._submitted(session, bodies[0], whole)
        others = await asyncio.gather(
            *(self._submitted(session, body, whole) for body in bodies[1:]),
            return_exceptions=True,
        )
        return self._accepted((first, *_all(others)))

    def _accepted(self, refs: Sequence[str]) -> Receipt:
        return Receipt(
            State.ACCEPTED,
            self.name,
            refs[0],
            code="ESME_ROK",
            by_ref=True,
            more_refs=tuple(refs[1:]),
        )

    def _written(self, body: str, sender: str) -> tuple[Submit, ...]:
        settings = self.settings
        origin = Origin.of(sender, settings.source_ton, settings.source_npi)
        return submits(body, origin, self._shape, next(self._references) % 256)

    def _body(self, part: Submit, text: Text, validity: str) -> bytes:
        try:
            return part.body(text.delivery.address, validity)
        except UnicodeEncodeError:
            raise PermanentSendError(Reason.RECIPIENT, "it is no number") from None

    async def _submitted(self, session: Session, body: bytes, whole: Whole) -> str:
        answer: Pdu = await session.request(SUBMIT_SM, body, partial(self._late, whole))
        if answer.status != ESME_ROK:
            raise refusal(self._statuses, answer.status)
        return self._taken(answer, whole)

    def _taken(self, answer: Pdu, whole: Whole) -> str:
        ref = self._ids.answered(answer.message_id)
        whole.refs.append(ref)
        self._parts.expect(ref, whole)
        return ref

    def _late(self, whole: Whole, answer: Pdu) -> None:
        """Tell of a text that was given up and taken after all: its receipts bear these ids."""
        if answer.status != ESME_ROK:
            return
        self._taken(answer, whole)
        if whole.key and len(whole.refs) == whole.total:
            self._errands.begin(self._told(Evidence(whole.key, self._accepted(whole.refs))))

    async def _told(self, evidence: Evidence) -> None:
        try:
            await self._context.report(CallbackAnswer((evidence,)))
        except StoreError as error:
            log.error(Event.STEP_FAILED, step="report", channel="sms", error=str(error))

    async def _delivered(self, body: bytes) -> int:
        """Keep a receipt or a text; return the status to answer, so that nothing is lost."""
        try:
            found = Delivered.read(body, self.settings.default_alphabet)
        except MalformedError as error:
            # It would come again and again, and be no better.
            log.warning(Event.CALLBACK_REFUSED, channel="sms", fault=f"{self.name}: {error}")
            return ESME_ROK
        try:
            await self._kept(found)
        except StoreError as error:
            log.error(Event.STEP_FAILED, step="report", channel="sms", error=str(error))
            return ESME_RX_T_APPN
        return ESME_ROK

    async def _kept(self, found: Delivered) -> None:
        if found.is_receipt:
            if ref := self._ids.receipted(found):
                evidence = evidence_of(found, ref, self.name, self._stats, self._parts)
                await self._context.report(CallbackAnswer((evidence,)))
            return
        await self._letterbox.take(found, self._context)

    async def _reply(self, number: str, sender: str, text: str) -> None:
        session = await self._binds.session()
        parts = self._submits(text, sender)
        for part in parts:
            await self._submitted(session, part.body(number, ""), Whole(len(parts)))

    async def look_up(self, text: Text, since: datetime) -> Receipt | None:
        """Return nothing: a centre is asked by the id that has not come."""
        return None

    def report(self, callback: Callback, path: str) -> CallbackAnswer:
        """Refuse: reports come over the bind.

        Raises:
            NotFoundError: always.
        """
        raise NotFoundError("this provider does not call back")

    def inbound(self, callback: Callback) -> CallbackAnswer:
        """Refuse: texts come over the bind.

        Raises:
            NotFoundError: always.
        """
        raise NotFoundError("this provider does not call back")


def _all(answers: Sequence[str | BaseException]) -> tuple[str, ...]:
    """Return the ids; where a part has none, raise why, the unknown before the refused."""
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    known = [error for error in errors if isinstance(error, SendError)]
    for error in sorted(known, key=lambda error: not isinstance(error, UnknownOutcome)):
        raise error
    for failure in errors:
        raise failure
    return tuple(str(answer) for answer in answers)
