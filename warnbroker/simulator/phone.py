"""The person or machine at the other end of a simulated call: listens, and may press a key."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from warnbroker.errors import UnreadableError
from warnbroker.simulator.callbacks import Courier, Reporter
from warnbroker.simulator.journal import Journal, Kind
from warnbroker.simulator.records import Record
from warnbroker.simulator.requests import Form, is_web_address
from warnbroker.simulator.twiml import Gather, Hangup, Play, Redirect, Say, Verb, read_twiml

_MOST_DOCUMENTS = 5
_MACHINE = {"Enable": "machine_start", "DetectMessageEnd": "machine_end_beep"}


@dataclass(slots=True)
class Call:
    """One call under way: who takes it, what was heard and pressed so far.

    ``keys`` are those that will be pressed, one for each request, ``lost`` is why nobody
    listens. ``sequence`` counts its status callbacks, ``fault`` is Twilio's word for a broken
    document.
    """

    record: Record
    form: Form
    reporter: Reporter
    machine: bool
    keys: str
    lost: str = ""
    sequence: int = 0
    heard: list[str] = field(default_factory=list)
    digits: str = ""
    fault: str = ""


class Phone:
    """Carries out what calls say and ask."""

    def __init__(self, account: str, courier: Courier, journal: Journal) -> None:
        self._account = account
        self._courier = courier
        self._journal = journal

    def common(self, call: Call, status: str) -> dict[str, str]:
        """Return the fields that every request about a call carries."""
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

    async def detect(self, call: Call) -> None:
        """Say who answered, where the request asked for it: in callbacks, or on its own."""
        machine = _MACHINE.get(call.form.get("MachineDetection", ""))
        if machine is None:
            return
        who = "fax" if call.lost == "fax" else machine if call.machine else "human"
        if call.form.get("AsyncAmd", "") != "true":
            call.record.answered_by = who
            return
        url = call.form.get("AsyncAmdStatusCallback", "")
        if is_web_address(url):
            fields = {"CallSid": call.record.sid, "AccountSid": self._account, "AnsweredBy": who}
            fields["MachineDetectionDuration"] = "2500"
            await self._courier.post(url, fields, sid=call.record.sid)

    async def listen(self, call: Call) -> None:
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

    async def _perform(self, call: Call, verbs: tuple[Verb, ...]) -> str | None:
        """Carry verbs out; return the document that the call goes on with, or None at its end."""
        for verb in verbs:
            match verb:
                case Say(text):
                    call.heard.append(text)
                case Play(url):
                    await self._play(call, url)
                case Redirect(url):
                    return await self._ask(call, url)
                case Hangup():
                    return None
                case Gather(action, inner):
                    await self._perform(call, inner)
                    if call.keys:
                        key, call.keys = call.keys[0], call.keys[1:]
                        call.digits += key
                        return await self._ask(call, action, {"Digits": key, "msg": "Gather End"})
        return None

    async def _play(self, call: Call, url: str) -> None:
        """Fetch a sound, as Twilio does; what is not to be had is not heard.

        Raises:
            UnreadableError: the address is not absolute.
        """
        if not is_web_address(url):
            raise UnreadableError(f"11100: not an absolute address: {url!r}")
        kind = await self._courier.sound(url)
        if kind.startswith("audio/"):
            call.heard.append(f"<{url}>")
        else:
            call.fault = f"11200: no sound at {url}: {kind}"

    async def _ask(
        self, call: Call, url: str, fields: Mapping[str, str] | None = None
    ) -> str | None:
        """Fetch a document.

        Raises:
            UnreadableError: the address is not absolute; inline TwiML has none to add to.
        """
        if not is_web_address(url):
            raise UnreadableError(f"11100: not an absolute address: {url!r}")
        asked = self.common(call, "in-progress") | dict(fields or {})
        return await self._courier.post(url, asked, sid=call.record.sid)
