"""The voice channel: calls people, speaks the warning, and takes their key as confirmation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

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
from channels._twilio_callbacks import Form, attempt_key, signed_form
from channels._twilio_errors import TwilioErrors
from channels.voice.keypress import KeyAddress
from channels.voice.receipts import CONFIRMING_KEY, call_receipt, key_receipt
from channels.voice.settings import VoiceSettings
from channels.voice.speech import announcement, asked_again, thanked
from warnbroker.contracts import CONTRACT_VERSION, Callback, CallbackAnswer, ChannelContext
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import AttemptKey, Evidence, Receipt, State
from warnbroker.model.subscriber import AddressKind

_EVENTS = ["initiated", "ringing", "answered", "completed"]
_XML = "text/xml"


class VoiceChannel:
    """Speaks the parts ``script`` and ``confirm`` in a call, and ``thanks`` after the key 1."""

    name: ClassVar[str] = "voice"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    address_kind: ClassVar[AddressKind | None] = AddressKind.VOICE
    receipt_prefix: ClassVar[str] = "twilio/voice"
    Settings: ClassVar[type[BaseModel]] = VoiceSettings

    def __init__(self, settings: VoiceSettings) -> None:
        self.settings = settings
        self.concurrency: int = settings.concurrency
        self.receipt_timeout: float | None = settings.receipt_timeout
        self._errors = TwilioErrors.load(settings.codes)
        detection = settings.machine_detection
        self._detection = {"machine_detection": detection} if detection else {}

    async def open(self, context: ChannelContext) -> None:
        """Build the SDK's client over the engine's session."""
        self._context = context
        self._calls: Any = connect(self.settings, context, self._errors).calls

    async def close(self) -> None:
        """Do nothing: the session is the engine's."""

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        faults = missing_account(self.settings, self.name)
        if not self.settings.sender:
            faults.append("set channels.voice.from: a number that you may call from")
        return faults

    def targets(self, publication: Publication) -> Sequence[Target]:
        """Return nothing: subscribers have phones."""
        return ()

    async def prepare(self, publication: Publication) -> None:
        """Make nothing, for the text is the message's; look whether the alert may leave.

        Raises:
            PermanentSendError: it may not.
        """
        check_publication(publication)

    async def send(self, delivery: Delivery) -> Receipt:
        """Hand a call to Twilio; it is ACCEPTED once Twilio has given it a SID.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        check_delivery(delivery)
        ringing = min(self.settings.ring_timeout, seconds_left(delivery, self._context.clock))
        callback = callback_address(self._context, self.receipt_prefix, delivery)
        fields = {
            "to": delivery.address,
            "from_": self.settings.sender,
            "twiml": self._twiml(delivery, callback),
            "timeout": ringing,
            **self._detection,
        }
        if callback:
            fields["status_callback"] = f"{callback}#{self.settings.callback_overrides}"
            fields["status_callback_event"] = _EVENTS
        call = await create(self._calls.create_async, fields)
        return Receipt(State.ACCEPTED, PROVIDER, call.sid, code=str(call.status or ""))

    def _twiml(self, delivery: Delivery, callback: str) -> str:
        message = delivery.message
        address = KeyAddress(message.language, message.parts.get("thanks", "").strip())
        return announcement(
            text_of(delivery, "script"),
            text_of(delivery, "confirm"),
            self.settings.voice(message.language),
            f"{callback}?{address.query}" if callback else "",
        )

    def parse_receipts(self, callback: Callback) -> CallbackAnswer:
        """Read a status callback, or a pressed key, which is answered with TwiML.

        Raises:
            SignatureError: it is not Twilio's.
            UnreadableError: it makes no sense.
        """
        form, key = signed_form(callback, self.settings.auth_token), attempt_key(callback)
        if address := KeyAddress.from_url(callback.url):
            return self._key_pressed(form, key, callback.url, address)
        receipt = call_receipt(
            self._errors,
            form.one("CallSid"),
            form.one("CallStatus"),
            answered_by=self._answered_by(form.one("AnsweredBy")),
            error_code=form.one("ErrorCode"),
            sequence=form.one("SequenceNumber"),
        )
        return CallbackAnswer((Evidence(key, receipt),))

    def _key_pressed(
        self, form: Form, key: AttemptKey, url: str, address: KeyAddress
    ) -> CallbackAnswer:
        digits, voice = form.one("Digits"), self.settings.voice(address.language)
        evidence = (Evidence(key, key_receipt(form.one("CallSid"), digits)),)
        if digits == CONFIRMING_KEY:
            return CallbackAnswer(evidence, thanked(voice, address.thanks), _XML)
        return CallbackAnswer(evidence, asked_again(voice, url), _XML)

    def _answered_by(self, said: str | None) -> str:
        # A call that ended before detection did was answered by nobody knows whom.
        return said or ("unknown" if self._detection else "")

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
        (call,) = calls
        answered_by = self._answered_by(call.answered_by)
        return call_receipt(self._errors, call.sid, str(call.status), answered_by=answered_by)
