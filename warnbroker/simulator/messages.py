"""The life of an SMS at the simulated provider: accepted, sent, delivered or not."""

from collections.abc import Mapping
from typing import Any

from warnbroker.simulator.callbacks import Pace, Reporter
from warnbroker.simulator.faults import FaultRule, Undeliverable
from warnbroker.simulator.records import API, Record, rfc2822
from warnbroker.simulator.requests import Form, Refusal, common_fault

_LONGEST_BODY = 1600
"""Characters of an SMS body that Twilio takes (docs, Message resource)."""


class Messages:
    """The Messages resource: which requests it takes, how it shows and what it does."""

    name = "Messages"
    kind = "sms"
    prefix = "SM"
    date = "DateSent"

    def __init__(self, account: str, pace: Pace) -> None:
        self._account = account
        self._pace = pace

    def check(self, form: Form) -> Refusal | None:
        """Return why a request is refused, with Twilio's own error code, or None."""
        if "To" not in form:
            return Refusal(400, 21604, "A 'To' phone number is required.")
        if not form.keys() & {"From", "MessagingServiceSid"}:
            return Refusal(400, 21603, "A 'From' phone number is required.")
        if not form.keys() & {"Body", "MediaUrl", "ContentSid"}:
            return Refusal(400, 21602, "Message body is required.")
        if len(form.get("Body", "")) > _LONGEST_BODY:
            return Refusal(400, 21617, "The concatenated message body exceeds 1600 characters.")
        return common_fault(form)

    def text(self, form: Form) -> str:
        """Return the words that were sent."""
        return form.get("Body", "")

    def journaled(self, form: Form) -> dict[str, Any]:
        """Return what the journal keeps of a request besides its addresses."""
        return {"body": form.get("Body", ""), "callback": form.get("StatusCallback", "")}

    async def live(
        self, record: Record, _form: Form, rule: FaultRule | None, reporter: Reporter
    ) -> None:
        """Move a message on to its end, telling each step."""
        for index, status in enumerate(_statuses(rule)):
            if index or not reporter.comes_first:
                await self._pace.wait(record, status)
            record.move(status)
            record.started = record.started or record.updated
            if isinstance(rule, Undeliverable) and status == rule.status:
                record.error_code = rule.code
            await reporter.tell(self._callback(record))

    def _callback(self, record: Record) -> Mapping[str, str]:
        fields = {
            "SmsSid": record.sid,
            "SmsStatus": record.status,
            "MessageStatus": record.status,
            "To": record.to,
            "MessageSid": record.sid,
            "AccountSid": self._account,
            "From": record.sender,
            "ApiVersion": "2010-04-01",
        }
        return (
            fields if record.error_code is None else fields | {"ErrorCode": str(record.error_code)}
        )

    def show(self, record: Record) -> dict[str, Any]:
        """Return a message as the API shows it."""
        uri = f"{API}/Accounts/{self._account}/Messages/{record.sid}"
        return {
            "sid": record.sid,
            "account_sid": self._account,
            "api_version": "2010-04-01",
            "body": record.text,
            "date_created": rfc2822(record.created),
            "date_sent": rfc2822(record.started),
            "date_updated": rfc2822(record.updated or record.created),
            "direction": "outbound-api",
            "error_code": record.error_code,
            "error_message": None,
            "from": record.sender,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": None,
            "price": None,
            "price_unit": "USD",
            "status": record.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": record.to,
            "uri": f"{uri}.json",
        }


def _statuses(rule: FaultRule | None) -> tuple[str, ...]:
    if not isinstance(rule, Undeliverable):
        return ("sent", "delivered")
    return ("failed",) if rule.status == "failed" else ("sent", "undelivered")
