"""The SMS channel: hands texts to Twilio, reads its callbacks, looks lost outcomes up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel

from channels._release import check_delivery, check_publication
from channels._segments import segments
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
from channels.sms.receipts import message_receipt
from channels.sms.settings import SmsSettings
from warnbroker.contracts import CONTRACT_VERSION, Callback, CallbackAnswer, ChannelContext
from warnbroker.errors import PermanentSendError
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.message import Message
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Evidence, Reason, Receipt, State
from warnbroker.model.subscriber import AddressKind

# Twilio takes 1 to 36,000 seconds.
_MAX_VALIDITY = 36_000


class SmsChannel:
    """Sends the part ``txt`` of a message as a text message."""

    name: ClassVar[str] = "sms"
    contract_version: ClassVar[int] = CONTRACT_VERSION
    address_kind: ClassVar[AddressKind | None] = AddressKind.PHONE
    receipt_prefix: ClassVar[str] = "twilio/sms"
    Settings: ClassVar[type[BaseModel]] = SmsSettings

    def __init__(self, settings: SmsSettings) -> None:
        self.settings = settings
        self.concurrency: int = settings.concurrency
        self.receipt_timeout: float | None = settings.receipt_timeout
        self._errors = TwilioErrors.load(settings.codes)
        self._sender: dict[str, str] = (
            {"messaging_service_sid": settings.messaging_service_sid}
            if settings.messaging_service_sid
            else {"from_": settings.sender}
        )

    async def open(self, context: ChannelContext) -> None:
        """Build the SDK's client over the engine's session."""
        self._context = context
        self._messages: Any = connect(self.settings, context, self._errors).messages

    async def close(self) -> None:
        """Do nothing: the session is the engine's."""

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        faults = missing_account(self.settings, self.name)
        if not (self.settings.sender or self.settings.messaging_service_sid):
            faults.append(
                "set channels.sms.from (a number or name that you may send from) "
                "or channels.sms.messaging_service_sid"
            )
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

    def units(self, message: Message) -> int:
        """Return how many segments a text takes."""
        return segments(message.parts["txt"]).count

    async def send(self, delivery: Delivery) -> Receipt:
        """Hand a text to Twilio; it is ACCEPTED once Twilio has given it a SID.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        check_delivery(delivery)
        body = text_of(delivery, "txt")
        needed = segments(body).count
        if needed > self.settings.max_segments:
            raise PermanentSendError(
                Reason.CONTENT,
                f"the text takes {needed} segments, max_segments is {self.settings.max_segments}",
            )
        validity = min(seconds_left(delivery, self._context.clock), _MAX_VALIDITY)
        fields = {"to": delivery.address, "body": body, "validity_period": validity, **self._sender}
        if callback := callback_address(self._context, self.receipt_prefix, delivery):
            fields["status_callback"] = f"{callback}#{self.settings.callback_overrides}"
        message = await create(self._messages.create_async, fields)
        return Receipt(State.ACCEPTED, PROVIDER, message.sid, code=str(message.status or ""))

    def parse_receipts(self, callback: Callback) -> CallbackAnswer:
        """Read a status callback (``MessageStatus``, ``ErrorCode``).

        Raises:
            SignatureError: it is not Twilio's.
            UnreadableError: it makes no sense.
        """
        form = signed_form(callback, self.settings.auth_token)
        said = (form.one(name) for name in ("MessageSid", "MessageStatus", "ErrorCode"))
        receipt = message_receipt(self._errors, *said)
        return CallbackAnswer((Evidence(attempt_key(callback), receipt),))

    async def look_up(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """Return what became of the newest message of this text to this number, if there is one.

        Raises:
            SendError: Twilio could not be asked.
        """
        body, earliest = text_of(delivery, "txt"), allow_for_skew(since)
        # A messaging service picks among many senders, so only our own can be asked for.
        sender = {k: v for k, v in self._sender.items() if k == "from_"}
        found = await recent(
            self._messages.list_async(
                to=delivery.address, date_sent_after=earliest, limit=LOOK_UP_LIMIT, **sender
            ),
            earliest,
        )
        same = next((m for m in found if (m.body or "").strip() == body), None)
        if same is None:
            return None
        status, error_code = str(same.status), str(same.error_code or "")
        return message_receipt(self._errors, same.sid, status, error_code)
