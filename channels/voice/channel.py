"""The voice channel: calls people, speaks the warning, and takes their key as confirmation."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from aiohttp import web
from msgspec import structs
from pydantic import BaseModel

from channels._numbers import country_of
from channels._release import check_delivery, check_publication
from channels._twilio import seconds_left, text_of
from channels.voice.address import CallAddress, Step
from channels.voice.answers import Answers
from channels.voice.line import Line, build_lines
from channels.voice.receipts import CallFacts, call_receipt, facts_of, facts_of_record, key_receipt
from channels.voice.recordings import Recordings
from channels.voice.redial import judged, redial_of
from channels.voice.scripts import Scripts
from channels.voice.settings import VoiceSettings
from channels.voice.sheet import Sheets
from channels.voice.speech import LONGEST, announcement
from warnbroker.contracts import (
    CONTRACT_VERSION,
    Callback,
    CallbackAnswer,
    ChannelContext,
    Limit,
    Provider,
)
from warnbroker.contracts.clock import SystemClock
from warnbroker.errors import NotFoundError, PermanentSendError, TemporarySendError
from warnbroker.model.delivery import Delivery, Target
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Evidence, Reason, Receipt
from warnbroker.model.subscriber import AddressKind

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
        self._lines: Mapping[str, Line] = build_lines(
            settings.accounts, named=bool(settings.providers)
        )
        accounts = settings.accounts.values()
        self.concurrency: int = sum(account.concurrency for account in accounts)
        self.receipt_timeout: float | None = max(item.receipt_timeout for item in accounts)
        detection = settings.machine_detection
        self._detection = {"machine_detection": detection} if detection else {}
        self._recordings = _recordings(settings)
        self._scripts = Scripts(settings, Sheets(settings.directory), self._recordings)
        self._answers = Answers(self._scripts, SystemClock())

    async def open(self, context: ChannelContext) -> None:
        """Open every line; forget what was said long ago."""
        self._context = context
        self._answers = Answers(self._scripts, context.clock)
        await asyncio.to_thread(self._scripts.prune, context.clock.now())
        for line in self._lines.values():
            await line.open(context)

    async def close(self) -> None:
        """Close every line."""
        for line in self._lines.values():
            await line.close()

    def faults(self) -> Sequence[str]:
        """Return one line for each setting that is missing."""
        faults = [fault for line in self._lines.values() for fault in line.faults()]
        if self.settings.recordings and not self.settings.directory:
            faults.append("set channels.voice.directory: calls play recordings from there")
        return faults

    def level_names(self) -> Sequence[tuple[str, Iterable[str]]]:
        """Return the levels that the settings name."""
        return [("channels.voice.redial", self.settings.redial.keys() - {"default"})]

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

    def providers(self) -> Sequence[Provider]:
        """Return the providers, as the engine chooses among them."""
        return [
            Provider(name, account.weight, account.served, account.receipt_timeout)
            for name, account in self.settings.accounts.items()
        ]

    def limits(self, address: str, provider: str) -> Sequence[Limit]:
        """Return the rates of a provider, of the sender and of the country of a number."""
        line = self._lines.get(provider) or next(iter(self._lines.values()))
        return line.limits(address, country_of(address))

    def routes(self) -> Sequence[web.RouteDef]:
        """Return where recordings are played from; nowhere without a directory for them."""
        return self._recordings.routes() if self._recordings else ()

    async def send(self, delivery: Delivery) -> Receipt:
        """Hand a call to Twilio; it is ACCEPTED once Twilio has given it a SID.

        Raises:
            SendError: refused, not sent, or nobody knows.
        """
        check_delivery(delivery)
        line = self._line(delivery.provider)
        fields = {
            **self._times(seconds_left(delivery, self._context.clock)),
            **self._said(delivery, line.callback(delivery)),
            **self._detection,
        }
        report = CallAddress(Step.STATUS, level=delivery.level).query
        return await line.call(delivery, fields, report)

    def _line(self, name: str) -> Line:
        if name and name not in self._lines:
            # The settings have changed since the engine chose.
            raise TemporarySendError(Reason.CONFIG, f"there is no provider {name[:32]!r} any more")
        return self._lines[name or next(iter(self._lines))]

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
            NotFoundError: there is no such provider.
        """
        line, path = self._addressed(callback)
        form, key = line.read(callback, path)
        address = CallAddress.from_url(callback.url)
        if address.step is Step.KEY:
            digits = form.one("Digits")
            answer = self._answers.key(key.alert, address, digits, callback.url)
            evidence = Evidence(key, key_receipt(line.name, form.one("CallSid"), digits))
            return CallbackAnswer((evidence,), answer, _XML)
        evidence = Evidence(key, self._judged(line, facts_of(form), address.level, key.attempt))
        if address.step is Step.WORDS:
            answer = self._answers.words(key.alert, address, callback.url)
            return CallbackAnswer((evidence,), answer, _XML)
        return CallbackAnswer((evidence,))

    def _addressed(self, callback: Callback) -> tuple[Line, str]:
        """Return the line that a callback is for, and what follows its name."""
        path = callback.path.strip("/")
        if not self.settings.providers:
            return self._line(""), path
        name, _, rest = path.partition("/")
        if name not in self._lines:
            raise NotFoundError("no provider takes receipts at this address")
        return self._lines[name], rest

    def _judged(self, line: Line, facts: CallFacts, level: str, attempt: int) -> Receipt:
        receipt = call_receipt(facts, line.errors, self.settings.heard_after)
        found = judged(receipt, redial_of(self.settings.redial, level), attempt)
        return structs.replace(found, provider=line.name)

    async def look_up(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """Return what became of the only call to this number since then, if there is one.

        Raises:
            SendError: Twilio could not be asked.
        """
        line = self._line(delivery.provider)
        found = await line.only_call(delivery, since)
        if found is None:
            return None
        facts = facts_of_record(found)
        return self._judged(line, facts, delivery.level, delivery.key.attempt)


def _recordings(settings: VoiceSettings) -> Recordings | None:
    if settings.directory is None:
        return None
    folder = settings.directory / "audio"
    return Recordings(folder, settings.recordings, settings.audio_hosts)
