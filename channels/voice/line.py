"""A line: one account that calls can be made through."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels._numbers import chosen
from channels._routing import scope_of
from channels._twilio import (
    LOOK_UP_LIMIT,
    allow_for_skew,
    callback_address,
    connect,
    create,
    hang_up,
    missing_account,
    recent,
)
from channels._twilio_callbacks import Form, attempt_key, signed_form
from channels._twilio_errors import TwilioErrors
from channels.voice.settings import CallAccount
from warnbroker.contracts import Callback, ChannelContext, Limit
from warnbroker.errors import SendError
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import AttemptKey, Receipt, State

_EVENTS = ["initiated", "ringing", "answered", "completed"]


class Line:
    """One account at Twilio; ``path`` is where its callbacks come, below ``/receipts``."""

    def __init__(self, name: str, account: CallAccount, path: str, where: str) -> None:
        self.name, self.account = name, account
        self._path, self._where = path, where
        self.errors = TwilioErrors.load(account.codes)
        self._senders = account.senders_or(account.sender)
        self._client: Any = None

    async def open(self, context: ChannelContext) -> None:
        """Build the SDK's client."""
        self._context = context
        self._client = connect(self.account, context, self.errors)
        self._calls: Any = self._client.calls

    async def close(self) -> None:
        """Close the connections."""
        await hang_up(self._client)

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        faults = missing_account(self.account, self._where)
        if self.account.lacks_sender(self.account.sender):
            faults.append(f"set channels.{self._where}.from: a number that you may call from")
        return faults

    def limits(self, address: str, country: str) -> Sequence[Limit]:
        """Return the rates that a call to a number counts against."""
        return self.account.limits(self.name, self.sender(address), country)

    def sender(self, address: str) -> str:
        """Return the number that a number is called from."""
        return chosen(self._senders, address)

    def callback(self, delivery: Delivery) -> str:
        """Return where Twilio reports on an attempt; empty where we have no public address."""
        return callback_address(self._context, self._path, delivery)

    async def call(self, delivery: Delivery, fields: Mapping[str, Any], report: str) -> Receipt:
        """Ask for a call that reports as ``report`` says, a query; ACCEPTED once it has a SID.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        sender, callback = self.sender(delivery.address), self.callback(delivery)
        if not sender:
            raise self.account.without_sender(delivery.address)
        asked = {"to": delivery.address, "from_": sender, **fields}
        if callback:
            asked["status_callback"] = f"{callback}?{report}#{self.account.callback_overrides}"
            asked["status_callback_event"] = _EVENTS
        try:
            call = await create(self._calls.create_async, asked)
        except SendError as error:
            error.scope = scope_of(error.scope, sender, delivery.address)
            raise
        return Receipt(State.ACCEPTED, self.name, call.sid, code=str(call.status or ""))

    async def only_call(self, delivery: Delivery, since: datetime) -> Any:
        """Return Twilio's record of the only call to this number since then; None if not one.

        Several calls cannot be told apart, since Twilio does not keep what they say.

        Raises:
            SendError: Twilio could not be asked.
        """
        earliest = allow_for_skew(since)
        calls = await recent(
            self._calls.list_async(
                to=delivery.address,
                from_=self.sender(delivery.address),
                start_time_after=earliest,
                limit=LOOK_UP_LIMIT,
            ),
            earliest,
        )
        return calls[0] if len(calls) == 1 else None

    def read(self, callback: Callback, path: str) -> tuple[Form, AttemptKey]:
        """Return the fields of a callback that Twilio signed for this account, and its attempt.

        Raises:
            SignatureError: it is not Twilio's.
            UnreadableError: it makes no sense.
        """
        form = signed_form(callback, self.account.auth_token)
        return form, attempt_key(replace(callback, path=path))


def build_lines(accounts: Mapping[str, CallAccount], *, named: bool) -> Mapping[str, Line]:
    """Return the lines by name; one account alone keeps the addresses it always had.

    Raises:
        ConfigError: a file that the settings name is wrong.
    """
    if not named:
        return {
            name: Line(name, account, "twilio/voice", "voice") for name, account in accounts.items()
        }
    return {
        name: Line(name, account, f"twilio/voice/{name}", f"voice.providers.{name}")
        for name, account in accounts.items()
    }
