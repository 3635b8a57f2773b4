"""Text messages through Twilio: sends, callbacks, look-ups, and what people answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from msgspec import structs

from channels._segments import segments
from channels._twilio import (
    LOOK_UP_LIMIT,
    allow_for_skew,
    callback_address,
    connect,
    create,
    hang_up,
    missing_account,
    recent,
    seconds_left,
)
from channels._twilio_callbacks import attempt_key, signed_form
from channels._twilio_errors import TwilioErrors
from channels.sms.provider import Text
from channels.sms.receipts import message_receipt
from channels.sms.settings import TwilioAccount
from warnbroker.contracts import Callback, CallbackAnswer, ChannelContext, Said, Wish
from warnbroker.errors import UnreadableError
from warnbroker.model.receipt import Evidence, Receipt, State
from warnbroker.model.subscriber import AddressKind

# Twilio takes 1 to 36,000 seconds.
_MAX_VALIDITY = 36_000
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out: what Twilio made of a text.
_WISHES = {"STOP": Wish.STOP, "START": Wish.START}
_XML = "text/xml"


class TwilioProvider:
    """One account at Twilio; ``path`` is where its callbacks come, below ``/receipts``."""

    needs_sender = True

    def __init__(self, name: str, settings: TwilioAccount, path: str, where: str) -> None:
        self.name, self.settings, self._path, self._where = name, settings, path, where
        self.concurrency = settings.concurrency
        self.receipt_timeout: float | None = settings.receipt_timeout
        self._errors = TwilioErrors.load(settings.codes)
        self._client: Any = None

    async def open(self, context: ChannelContext) -> None:
        """Build the SDK's client."""
        self._context = context
        self._client = connect(self.settings, context, self._errors)
        self._messages: Any = self._client.messages

    async def close(self) -> None:
        """Close the connections."""
        await hang_up(self._client)

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        settings, where = self.settings, self._where
        faults = missing_account(settings, where)
        if settings.lacks_sender(settings.sender or settings.messaging_service_sid):
            faults.append(
                f"set channels.{where}.from (a number or name that you may send from) "
                f"or channels.{where}.messaging_service_sid"
            )
        return faults

    def segments(self, text: str) -> int:
        """Return how many segments a text takes."""
        return segments(text).count

    async def send(self, text: Text) -> Receipt:
        """Hand a text to Twilio; it is ACCEPTED once Twilio has given it a SID.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        delivery = text.delivery
        validity = min(seconds_left(delivery, self._context.clock), _MAX_VALIDITY)
        fields = {
            "to": delivery.address,
            "body": text.body,
            "validity_period": validity,
            **self._sender(text.sender),
        }
        if callback := callback_address(self._context, self._path, delivery):
            fields["status_callback"] = f"{callback}#{self.settings.callback_overrides}"
        message = await create(self._messages.create_async, fields)
        return Receipt(State.ACCEPTED, self.name, message.sid, code=str(message.status or ""))

    async def look_up(self, text: Text, since: datetime) -> Receipt | None:
        """Return what became of the newest message of this text to this number, if there is one.

        Raises:
            SendError: Twilio could not be asked.
        """
        earliest = allow_for_skew(since)
        # A messaging service picks among many senders, so only our own can be asked for.
        sender = {k: v for k, v in self._sender(text.sender).items() if k == "from_"}
        found = await recent(
            self._messages.list_async(
                to=text.delivery.address, date_sent_after=earliest, limit=LOOK_UP_LIMIT, **sender
            ),
            earliest,
        )
        same = next((m for m in found if (m.body or "").strip() == text.body), None)
        if same is None:
            return None
        receipt = message_receipt(
            self._errors,
            same.sid,
            str(same.status),
            str(same.error_code or ""),
            sender=text.sender,
            address=text.delivery.address,
        )
        return structs.replace(receipt, provider=self.name)

    def _sender(self, sender: str) -> Mapping[str, str]:
        if sender == self.settings.messaging_service_sid or _SERVICE.fullmatch(sender):
            return {"messaging_service_sid": sender}
        return {"from_": sender}

    def report(self, callback: Callback, path: str) -> CallbackAnswer:
        """Read a status callback (``MessageStatus``, ``ErrorCode``).

        Raises:
            SignatureError: it is not Twilio's.
            UnreadableError: it makes no sense.
        """
        form = signed_form(callback, self.settings.auth_token)
        receipt = message_receipt(
            self._errors,
            form.one("MessageSid"),
            form.one("MessageStatus"),
            form.one("ErrorCode"),
            sender=form.one("MessagingServiceSid") or form.one("From"),
            address=form.one("To"),
        )
        key = attempt_key(replace(callback, path=path))
        return CallbackAnswer((Evidence(key, structs.replace(receipt, provider=self.name)),))

    def inbound(self, callback: Callback) -> CallbackAnswer:
        """Read an incoming message; ``OptOutType`` is what Twilio has already made of it.

        Raises:
            SignatureError: it is not Twilio's.
            UnreadableError: it makes no sense.
        """
        form = signed_form(callback, self.settings.auth_token)
        sid, number = form.one("MessageSid"), form.one("From")
        if not sid or not number:
            raise UnreadableError("an incoming message must have a MessageSid and a From")
        done = form.one("OptOutType").upper()
        said = Said(
            channel="sms",
            address_kind=AddressKind.PHONE,
            address=number,
            text=form.one("Body"),
            wish=_WISHES.get(done, Wish.NONE),
            ref=f"{self.name}:{sid}",
        )
        # Where Twilio has answered by itself, a second answer would only confuse.
        return CallbackAnswer(
            said=(said,), body=_EMPTY, content_type=_XML, reply=None if done else _message
        )


_EMPTY = "<Response/>"


def _message(answers: Sequence[str]) -> str:
    messages = "".join(f"<Message>{escape(answer)}</Message>" for answer in answers if answer)
    return f"<Response>{messages}</Response>"
