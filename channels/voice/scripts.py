"""Draws up what the calls of an alert say, and turns it into documents for calls."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from aiohttp import ClientSession

from channels.voice.recordings import Recordings
from channels.voice.settings import Voice, VoiceSettings
from channels.voice.sheet import Sheet, Sheets, Words
from channels.voice.speech import Part, Programme
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import MsgType
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.standing import Standing

_KEPT_ALERTS = 128
# A recording speaks of the warning itself, not of its end, nor to those whom it left behind.
_RECORDED = frozenset({MessageKind.ALERT, MessageKind.UPDATE})

Key = tuple[MessageKind, int, str]


class Scripts:
    """Knows the sheet of each call; makes it where ``prepare`` did not, as for offices' texts."""

    def __init__(
        self, settings: VoiceSettings, sheets: Sheets, recordings: Recordings | None
    ) -> None:
        self._settings = settings
        self._sheets = sheets
        self._recordings = recordings
        self._of_alert: dict[str, Mapping[Key, str]] = {}

    async def draw_up(self, publication: Publication, session: ClientSession | None) -> None:
        """Make the sheets of an alert; of a Cancel, note what it ends."""
        # All at once: a recording that does not come costs its patience once, not each time.
        words = await asyncio.gather(
            *(self._words(publication, item, session) for item in publication.messages)
        )
        made = await asyncio.to_thread(self._put, publication, words)
        while len(self._of_alert) >= _KEPT_ALERTS:
            self._of_alert.pop(next(iter(self._of_alert)))
        self._of_alert[publication.id] = made
        if publication.alert.msg_type is MsgType.CANCEL and made:
            says = next(iter(made.values()))
            await asyncio.to_thread(self._end, publication.supersedes, says)

    def _put(self, publication: Publication, words: Sequence[Words]) -> Mapping[Key, str]:
        found: dict[Key, list[Words]] = {}
        for message, said in zip(publication.messages, words, strict=True):
            found.setdefault((message.kind, message.group, message.since), []).append(said)
        ends = publication.expires
        return {key: self._sheets.put(Sheet(ends, tuple(item))) for key, item in found.items()}

    def _end(self, alerts: Sequence[str], says: str) -> None:
        for alert in alerts:
            self._sheets.end(alert, says)

    def sheet_of(self, delivery: Delivery) -> tuple[str, Sheet]:
        """Return the sheet of a call, and its name."""
        message = delivery.message
        made = self._of_alert.get(delivery.key.alert, {})
        name = made.get((message.kind, message.group, message.since), "")
        found = self._sheets.get(name) if name else None
        if found is not None and found.in_language(message.language).language == message.language:
            return name, found
        sheet = Sheet(delivery.expires, (_plain(message),))
        return self._sheets.put(sheet), sheet

    def get(self, name: str) -> Sheet | None:
        """Return a sheet by name; None where nobody kept it."""
        return self._sheets.get(name)

    def ending(self, alert: str) -> Sheet | None:
        """Return what to say of an alert that was called off; None while it was not."""
        return self._sheets.ending(alert)

    def prune(self, now: datetime) -> None:
        """Delete what is older than any warning lasts."""
        self._sheets.prune(now)

    def programme(self, sheet: Sheet, language: str, public_url: str) -> Programme:
        """Return how a sheet is told in a language."""
        words, other = sheet.in_language(language), sheet.after(language)
        return Programme(
            Part(
                words,
                self.voice(words.language),
                _played(public_url, words.opening),
                _played(public_url, words.recording),
            ),
            self.voice(other.language) if other else None,
        )

    def voice(self, language: str) -> Voice:
        """Return how a language is spoken."""
        return self._settings.voice(language)

    async def _words(
        self, publication: Publication, message: Message, session: ClientSession | None
    ) -> Words:
        plain = _plain(message)
        group = _group(publication.groups, message.group)
        # Nobody can look whether a recording says that it is a drill, so a drill plays none.
        silent = Standing.of(publication.alert).is_drill or message.kind not in _RECORDED
        if self._recordings is None or group is None or session is None or silent:
            return plain
        recording = await self._recordings.find(publication, group, message.language, session)
        opening = await self._recordings.opening(group.level.code, message.language)
        return replace(plain, recording=recording, opening="" if recording else opening)


def _plain(message: Message) -> Words:
    script, confirm, thanks = (
        message.parts.get(part, "").strip() for part in ("script", "confirm", "thanks")
    )
    return Words(message.language, script, confirm, thanks)


def _group(groups: Sequence[Group], index: int) -> Group | None:
    return next((group for group in groups if group.index == index), None)


def _played(public_url: str, name: str) -> str:
    return f"{public_url.rstrip('/')}/audio/{name}" if name and public_url else ""
