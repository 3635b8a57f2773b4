"""The life of a call at the simulated provider: rung, answered, heard, perhaps confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from warnbroker.errors import UnreadableError
from warnbroker.simulator.callbacks import Courier, Pace, Reporter
from warnbroker.simulator.chance import chance
from warnbroker.simulator.faults import FailedCall, FaultRule, UnansweredCall
from warnbroker.simulator.journal import Journal, Kind
from warnbroker.simulator.records import API, Record, rfc2822
from warnbroker.simulator.requests import Form, Refusal, common_fault, is_web_address
from warnbroker.simulator.twiml import Gather, Hangup, Play, Redirect, Say, Verb, read_twiml

_LONGEST_TWIML = 4000
"""Characters of the Twiml parameter that Twilio takes (docs, Call resource)."""
_MOST_DOCUMENTS = 5
_CHARACTERS_A_SECOND = 5
_MACHINE = {"Enable": "machine_start", "DetectMessageEnd": "machine_end_beep"}


@dataclass(frozen=True, slots=True)
class Habits:
    """What people do with a call: shares of the answered ones, from 0 to 1.

    ``press_rate`` of those who are asked press 1; ``machine_rate`` of the calls are
    answered by a machine, which presses nothing.
    """

    press_rate: float = 0.6
    machine_rate: float = 0.05


@dataclass(slots=True)
class _Call:
    """One call under way; ``sequence`` counts its status callbacks."""

    record: Record
    form: Form
    reporter: Reporter
    machine: bool
    presses: bool
    sequence: int = 0
    heard: list[str] = field(default_factory=list)
    digits: str = ""
    fault: str = ""


class Calls:
    """The Calls resource: which requests it takes, how it shows and what it does."""

    name = "Calls"
    kind = "call"
    prefix = "CA"
    date = "StartTime"

    def __init__(
        self, account: str, pace: Pace, habits: Habits, courier: Courier, journal: Journal
    ) -> None:
        self._account = account
        self._pace = pace
        self._habits = habits
        self._courier = courier
        self._journal = journal

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
        call = _Call(record, form, reporter, machine, presses)
        await self._step(call, "initiated", "initiated")
        if isinstance(rule, FailedCall):
            record.error_code = rule.code
            await self._end(call, "failed")
        elif isinstance(rule, UnansweredCall):
            await self._unanswered(call, rule.fault.replace("_", "-"))
        else:
            await self._answered(call)

    async def _unanswered(self, call: _Call, status: str) -> None:
        if status == "no-answer":
            await self._step(call, "ringing", "ringing")
        await self._end(call, status)

    async def _answered(self, call: _Call) -> None:
        record = call.record
        await self._step(call, "ringing", "ringing")
        await self._pace.wait(record, "answered")
        record.move("in-progress")
        record.started = record.updated
        await self._detect(call)
        await self._tell(call, "answered", "in-progress")
        await self._listen(call)
        record.duration = 1 + sum(map(len, call.heard)) // _CHARACTERS_A_SECOND
        await self._end(call, "completed")

    async def _step(self, call: _Call, event: str, status: str) -> None:
        if event != "initiated" or not call.reporter.comes_first:
            await self._pace.wait(call.record, event)
        # The API knows no "initiated"; only callbacks do.
        call.record.move("queued" if status == "initiated" else status)
        await self._tell(call, event, status)

    async def _end(self, call: _Call, status: str) -> None:
        await self._pace.wait(call.record, "completed")
        call.record.move(status)
        call.record.ended = call.record.updated
        await self._tell(call, "completed", status)

    async def _tell(self, call: _Call, event: str, status: str) -> None:
        # Unless asked for more, Twilio tells the end only.
        if event not in (call.form.words("StatusCallbackEvent") or ["completed"]):
            return
        fields = self._common(call, status) | {
            "SequenceNumber": str(call.sequence),
            "Timestamp": rfc2822(datetime.now(UTC)) or "",
            "CallbackSource": "call-progress-events",
        }
        if event == "completed":
            fields |= self._outcome(call.record)
        call.sequence += 1
        await call.reporter.tell(fields)

    def _common(self, call: _Call, status: str) -> dict[str, str]:
        record = call.record
        fields = {
            "CallSid": record.sid,
            "AccountSid": self._account,
            "From": record.sender,
            "Caller": record.sender,
            "To": record.to,
            "Called": record.to,
            "Direction": "outbound-api",
            "CallStatus": status,
            "ApiVersion": "2010-04-01",
        }
        return fields | {"AnsweredBy": record.answered_by} if record.answered_by else fields

    def _outcome(self, record: Record) -> dict[str, str]:
        seconds = record.duration or 0
        fields = {"CallDuration": str(seconds), "Duration": str(-(-seconds // 60))}
        return (
            fields if record.error_code is None else fields | {"ErrorCode": str(record.error_code)}
        )

    async def _detect(self, call: _Call) -> None:
        """Say who answered, where the request asked for it: in callbacks, or on its own."""
        machine = _MACHINE.get(call.form.get("MachineDetection", ""))
        if machine is None:
            return
        who = machine if call.machine else "human"
        if call.form.get("AsyncAmd", "") != "true":
            call.record.answered_by = who
            return
        url = call.form.get("AsyncAmdStatusCallback", "")
        if is_web_address(url):
            fields = {"CallSid": call.record.sid, "AccountSid": self._account, "AnsweredBy": who}
            fields["MachineDetectionDuration"] = "2500"
            await self._courier.post(url, fields, sid=call.record.sid)

    async def _listen(self, call: _Call) -> None:
        """Carry the TwiML out, with what it fetches, and journal what was heard."""
        document: str | None = call.form.get("Twiml", "")
        try:
            if not document:
                document = await self._ask(call, call.form["Url"])
            for _ in range(_MOST_DOCUMENTS):
                if not document:
                    break
                document = await self._perform(call, read_twiml(document))
        except UnreadableError as error:
            call.fault = str(error)
        self._journal.write(
            Kind.HEARD,
            sid=call.record.sid,
            to=call.record.to,
            nth=call.record.nth,
            text="\n".join(call.heard),
            digits=call.digits,
            machine=call.machine,
            fault=call.fault,
        )

    async def _perform(self, call: _Call, verbs: tuple[Verb, ...]) -> str | None:
        """Carry verbs out; return the document that the call goes on with, or None at its end."""
        for verb in verbs:
            match verb:
                case Say(text):
                    call.heard.append(text)
                case Play(url):
                    call.heard.append(f"<{url}>")
                case Redirect(url):
                    return await self._ask(call, url)
                case Hangup():
                    return None
                case Gather(action, inner):
                    await self._perform(call, inner)
                    if call.presses and not call.digits:
                        call.digits = "1"
                        return await self._ask(call, action, {"Digits": "1", "msg": "Gather End"})
        return None

    async def _ask(
        self, call: _Call, url: str, fields: Mapping[str, str] | None = None
    ) -> str | None:
        """Fetch a document.

        Raises:
            UnreadableError: the address is not absolute; inline TwiML has none to add to.
        """
        if not is_web_address(url):
            raise UnreadableError(f"11100: not an absolute address: {url!r}")
        asked = self._common(call, "in-progress") | dict(fields or {})
        return await self._courier.post(url, asked, sid=call.record.sid)

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
