"""The life of a call at the simulated provider: rung, answered, heard, perhaps confirmed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from warnbroker.simulator.callbacks import Pace, Reporter
from warnbroker.simulator.chance import chance
from warnbroker.simulator.faults import FailedCall, FaultRule, LostCall, UnansweredCall
from warnbroker.simulator.phone import Call, Phone
from warnbroker.simulator.records import API, Record, rfc2822
from warnbroker.simulator.requests import Form, Refusal, common_fault, is_web_address

_LONGEST_TWIML = 4000
"""Characters of the Twiml parameter that Twilio takes (docs, Call resource)."""
_CHARACTERS_A_SECOND = 5


@dataclass(frozen=True, slots=True)
class Habits:
    """What people do with a call: shares of the answered ones, from 0 to 1.

    ``press_rate`` of those who are asked press ``keys``, one each time that they are asked;
    ``machine_rate`` of the calls are answered by a machine, which presses nothing.
    """

    press_rate: float = 0.6
    machine_rate: float = 0.05
    keys: str = "1"


class Calls:
    """The Calls resource: which requests it takes, how it shows and what it does."""

    name = "Calls"
    kind = "call"
    prefix = "CA"
    date = "StartTime"

    def __init__(self, account: str, pace: Pace, habits: Habits, phone: Phone) -> None:
        self._account = account
        self._pace = pace
        self._habits = habits
        self._phone = phone

    def check(self, form: Form) -> Refusal | None:
        """Return why a request is refused, with Twilio's own error code, or None."""
        if "To" not in form:
            return Refusal(400, 21201, "No 'To' number is specified.")
        if "From" not in form:
            return Refusal(400, 21213, "'From' phone number is required.")
        if not form.keys() & {"Url", "Twiml"} or not is_web_address(form.get("Url", "http://-")):
            return Refusal(400, 21205, "Url parameter is required.")
        if len(form.get("Twiml", "")) > _LONGEST_TWIML:
            return Refusal(400, 20001, "Parameter 'Twiml' exceeds 4000 characters.")
        return common_fault(form)

    def text(self, _form: Form) -> str:
        """Return nothing: the API shows no words of a call."""
        return ""

    def journaled(self, form: Form) -> dict[str, Any]:
        """Return what the journal keeps of a request besides its addresses."""
        names = {"twiml": "Twiml", "url": "Url", "callback": "StatusCallback"}
        return {key: form.get(name, "") for key, name in names.items()}

    async def live(
        self, record: Record, form: Form, rule: FaultRule | None, reporter: Reporter
    ) -> None:
        """Ring, speak and hang up, telling each step that was asked for."""
        machine = self._chance("machine", record) < self._habits.machine_rate
        presses = not machine and self._chance("press", record) < self._habits.press_rate
        keys = self._habits.keys if presses else ""
        call = Call(record, form, reporter, machine, keys)
        await self._step(call, "initiated", "initiated")
        if isinstance(rule, FailedCall):
            record.error_code = rule.code
            await self._end(call, "failed")
        elif isinstance(rule, UnansweredCall):
            await self._unanswered(call, rule.fault.replace("_", "-"))
        else:
            call.lost = rule.fault if isinstance(rule, LostCall) else ""
            await self._answered(call)

    async def _unanswered(self, call: Call, status: str) -> None:
        if status == "no-answer":
            await self._step(call, "ringing", "ringing")
        await self._end(call, status)

    async def _answered(self, call: Call) -> None:
        record = call.record
        await self._step(call, "ringing", "ringing")
        await self._pace.wait(record, "answered")
        record.move("in-progress")
        record.started = record.updated
        await self._phone.detect(call)
        await self._tell(call, "answered", "in-progress")
        if not call.lost:
            await self._phone.listen(call)
        record.duration = self._seconds(call)
        await self._end(call, "completed")

    @staticmethod
    def _seconds(call: Call) -> int:
        if call.lost == "hung_up":
            return 0
        longest = int(call.form.get("TimeLimit", "14400"))
        return min(longest, 1 + sum(map(len, call.heard)) // _CHARACTERS_A_SECOND)

    async def _step(self, call: Call, event: str, status: str) -> None:
        if event != "initiated" or not call.reporter.comes_first:
            await self._pace.wait(call.record, event)
        # The API knows no "initiated"; only callbacks do.
        call.record.move("queued" if status == "initiated" else status)
        await self._tell(call, event, status)

    async def _end(self, call: Call, status: str) -> None:
        await self._pace.wait(call.record, "completed")
        call.record.move(status)
        call.record.ended = call.record.updated
        await self._tell(call, "completed", status)

    async def _tell(self, call: Call, event: str, status: str) -> None:
        # Unless asked for more, Twilio tells the end only.
        if event not in (call.form.words("StatusCallbackEvent") or ["completed"]):
            return
        fields = self._phone.common(call, status) | {
            "SequenceNumber": str(call.sequence),
            "Timestamp": rfc2822(datetime.now(UTC)) or "",
            "CallbackSource": "call-progress-events",
        }
        if event == "completed":
            fields |= self._outcome(call.record)
        call.sequence += 1
        await call.reporter.tell(fields)

    def _outcome(self, record: Record) -> dict[str, str]:
        seconds = record.duration or 0
        fields = {"CallDuration": str(seconds), "Duration": str(-(-seconds // 60))}
        return (
            fields if record.error_code is None else fields | {"ErrorCode": str(record.error_code)}
        )

    def _chance(self, what: str, record: Record) -> float:
        return chance(self._pace.seed, what, record.to, record.nth)

    def show(self, record: Record) -> dict[str, Any]:
        """Return a call as the API shows it."""
        uri = f"{API}/Accounts/{self._account}/Calls/{record.sid}"
        return {
            "sid": record.sid,
            "account_sid": self._account,
            "answered_by": record.answered_by,
            "api_version": "2010-04-01",
            "caller_name": None,
            "date_created": rfc2822(record.created),
            "date_updated": rfc2822(record.updated or record.created),
            "direction": "outbound-api",
            "duration": None if record.duration is None else str(record.duration),
            "end_time": rfc2822(record.ended),
            "forwarded_from": None,
            "from": record.sender,
            "from_formatted": record.sender,
            "group_sid": None,
            "parent_call_sid": None,
            "phone_number_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "start_time": rfc2822(record.started),
            "status": record.status,
            "subresource_uris": {"notifications": f"{uri}/Notifications.json"},
            "to": record.to,
            "to_formatted": record.to,
            "trunk_sid": None,
            "uri": f"{uri}.json",
        }
