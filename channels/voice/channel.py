"""The voice channel: calls people, speaks the warning, and takes their key as confirmation."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from aiohttp import web
from pydantic import BaseModel

from channels._release import check_delivery, check_publication
from channels._twilio import (
    LOOK_UP_LIMIT,
    PROVIDER,
    allow_for_skew,
    callback_address,
    connect,
    create,
    missing_account,
    recent,
    seconds_left,
    text_of,
)
from channels._twilio_callbacks import attempt_key, signed_form
from channels._twilio_errors import TwilioErrors
from channels.voice.address import CallAddress, Step
from channels.voice.answers import Answers
from channels.voice.receipts import CallFacts, call_receipt, facts_of, facts_of_record, key_receipt
from channels.voice.recordings import Recordings
from channels.voice.redial import judged, redial_of
from channels.voice.scripts import Scripts
from channels.voice.settings import VoiceSettings
from channels.voice.sheet import Sheets
from channels.voice.speech import LONGEST, announcement
from warnbroker.contracts import CONTRACT_VERSION, Callback, CallbackAnswer, ChannelContext
from warnbroker.contracts.clock import SystemClock
from warnbroker.errors import PermanentSendError
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Evidence, Reason, Receipt, State
from warnbroker.model.subscriber import AddressKind

_EVENTS = ["initiated", "ringing", "answered", "completed"]
_XML = "text/xml"


class VoiceChannel:
    """Speaks the parts ``script`` and ``confirm`` in a call, and ``thanks`` after the key 1."""

    name: ClassVar[str] = "voice"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    address_kind: ClassVar[AddressKind | None] = AddressKind.VOICE
    confirms: ClassVar[bool] = True
    receipt_prefix: ClassVar[str] = "twilio/voice"
    Settings: ClassVar[type[BaseModel]] = VoiceSettings

    def __init__(self, settings: VoiceSettings) -> None:
        self.settings = settings
        self.concurrency: int = settings.concurrency
        self.receipt_timeout: float | None = settings.receipt_timeout
        self._errors = TwilioErrors.load(settings.codes)
        detection = settings.machine_detection
        self._detection = {"machine_detection": detection} if detection else {}
        self._recordings = _recordings(settings)
        self._scripts = Scripts(settings, Sheets(settings.directory), self._recordings)
        self._answers = Answers(self._scripts, SystemClock())

    async def open(self, context: ChannelContext) -> None:
        """Build the SDK's client over the engine's session; forget what was said long ago."""
        self._context = context
        self._answers = Answers(self._scripts, context.clock)
        await asyncio.to_thread(self._scripts.prune, context.clock.now())
        self._calls: Any = connect(self.settings, context, self._errors).calls

    async def close(self) -> None:
        """Do nothing: the session is the engine's."""

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        faults = missing_account(self.settings, self.name)
        if not self.settings.sender:
            faults.append("set channels.voice.from: a number that you may call from")
        if self.settings.recordings and not self.settings.directory:
            faults.append("set channels.voice.directory: calls play recordings from there")
        return faults

    def targets(self, publication: Publication) -> Sequence[Target]:
        """Return nothing: subscribers have phones."""
        return ()

    async def prepare(self, publication: Publication) -> None:
        """Make what the calls say in every language, with the recordings that there are.

        Raises:
            PermanentSendError: it may not leave.
        """
        check_publication(publication)
        await self._scripts.draw_up(publication, self._context.session)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return where recordings are played from; nowhere without a directory for them."""
        return self._recordings.routes() if self._recordings else ()

    async def send(self, delivery: Delivery) -> Receipt:
        """Hand a call to Twilio; it is ACCEPTED once Twilio has given it a SID.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        check_delivery(delivery)
        callback = callback_address(self._context, self.receipt_prefix, delivery)
        fields = {
            "to": delivery.address,
            "from_": self.settings.sender,
            **self._times(seconds_left(delivery, self._context.clock)),
            **self._said(delivery, callback),
            **self._detection,
        }
        if callback:
            report = CallAddress(Step.STATUS, level=delivery.level).query
            fields["status_callback"] = f"{callback}?{report}#{self.settings.callback_overrides}"
            fields["status_callback_event"] = _EVENTS
        call = await create(self._calls.create_async, fields)
        return Receipt(State.ACCEPTED, PROVIDER, call.sid, code=str(call.status or ""))

    def _times(self, left: int) -> dict[str, int]:
        # Ringing and talking together end before the warning does.
        ringing = max(1, min(self.settings.ring_timeout, left // 2))
        return {
            "timeout": ringing,
            "time_limit": max(1, min(self.settings.longest_call, left - ringing)),
        }

    def _said(self, delivery: Delivery, callback: str) -> dict[str, str]:
        for part in ("script", "confirm"):
            text_of(delivery, part)
        name, sheet = self._scripts.sheet_of(delivery)
        address = CallAddress(Step.KEY, delivery.message.language, name)
        programme = self._scripts.programme(sheet, address.language, self._context.public_url)
        twiml = announcement(programme, f"{callback}?{address.query}" if callback else "")
        if len(twiml) <= LONGEST:
            return {"twiml": twiml}
        if not callback:
            raise PermanentSendError(
                Reason.CONTENT,
                f"the call's text comes to {len(twiml)} characters, Twilio takes {LONGEST} "
                "where it cannot ask for it: set server.public_url",
            )
        return {"url": f"{callback}?{replace(address, step=Step.WORDS).query}"}

    def parse_receipts(self, callback: Callback) -> CallbackAnswer:
        """Read a status, or a request for words or a pressed key, which are answered with TwiML.

        Raises:
            SignatureError: it is not Twilio's.
            UnreadableError: it makes no sense.
        """
        form, key = signed_form(callback, self.settings.auth_token), attempt_key(callback)
        address = CallAddress.from_url(callback.url)
        sid, digits = form.one("CallSid"), form.one("Digits")
        if address.step is Step.KEY:
            answer = self._answers.key(key.alert, address, digits, callback.url)
            return CallbackAnswer((Evidence(key, key_receipt(sid, digits)),), answer, _XML)
        receipt = self._judged(facts_of(form), address.level, key.attempt)
        if address.step is Step.WORDS:
            answer = self._answers.words(key.alert, address, callback.url)
            return CallbackAnswer((Evidence(key, receipt),), answer, _XML)
        return CallbackAnswer((Evidence(key, receipt),))

    def _judged(self, facts: CallFacts, level: str, attempt: int) -> Receipt:
        receipt = call_receipt(facts, self._errors, self.settings.heard_after)
        return judged(receipt, redial_of(self.settings.redial, level), attempt)

    async def look_up(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """Return what became of the only call to this number since then.

        Several calls cannot be told apart, since Twilio does not keep what they say: None.

        Raises:
            SendError: Twilio could not be asked.
        """
        earliest = allow_for_skew(since)
        calls = await recent(
            self._calls.list_async(
                to=delivery.address,
                from_=self.settings.sender,
                start_time_after=earliest,
                limit=LOOK_UP_LIMIT,
            ),
            earliest,
        )
        if len(calls) != 1:
            return None
        return self._judged(facts_of_record(calls[0]), delivery.level, delivery.key.attempt)


def _recordings(settings: VoiceSettings) -> Recordings | None:
    if settings.directory is None:
        return None
    folder = settings.directory / "audio"
    return Recordings(folder, settings.recordings, settings.audio_hosts)
