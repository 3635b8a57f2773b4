"""Make of an alert what stations broadcast: texts at their length, and texts read aloud."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from channels._speech import characters_in
from channels.broadcast.programme import Programme, Track
from channels.broadcast.settings import BroadcastSettings
from channels.broadcast.stations import Station
from channels.broadcast.studio import Studio
from channels.broadcast.texts import Wording, shortened, wordings
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.publication import Publication


@dataclass(frozen=True, slots=True)
class Story:
    """An alert being broadcast, with its recordings by language and text."""

    publication: Publication
    tracks: dict[tuple[str, str], Track] = field(default_factory=dict)


class Newsroom:
    """Keeps the stories of alerts that have not expired."""

    def __init__(self, settings: BroadcastSettings, studio: Studio) -> None:
        self._settings = settings
        self._studio = studio
        self._stories: dict[str, Story] = {}

    def story(self, alert_id: str) -> Story | None:
        """Return the story of an alert that was prepared."""
        return self._stories.get(alert_id)

    def drop_expired(self, now: datetime) -> None:
        """Forget the alerts that have expired."""
        for alert_id, story in tuple(self._stories.items()):
            if story.publication.expires <= now:
                del self._stories[alert_id]

    def clear(self) -> None:
        """Forget all alerts."""
        self._stories.clear()

    async def prepare(self, publication: Publication, stations: Iterable[Station]) -> None:
        """Read an alert aloud in the languages that these stations take sound in."""
        story = self._stories.setdefault(publication.id, Story(publication))
        listening = [station for station in stations if station.profile.audio]
        wanted = {tag for s in listening for tag in s.choose(publication.languages)}
        kinds = {m.kind: m for m in publication.messages if m.kind is not MessageKind.OUTSIDE}
        texts = [text for message in kinds.values() for text in wordings(publication, message)]
        await asyncio.gather(*(self._track(story, t) for t in texts if t.language in wanted))

    async def programmes(
        self, story: Story, station: Station, message: Message
    ) -> tuple[Programme, ...]:
        """Return what a station gets of an alert, in the station's languages and their order."""
        texts = {text.language: text for text in wordings(story.publication, message)}
        made = (self._programme(story, station, texts[tag]) for tag in station.choose(texts))
        return tuple(await asyncio.gather(*made))

    async def _programme(self, story: Story, station: Station, wording: Wording) -> Programme:
        crawl = shortened(wording.crawl, wording.details, station.profile.crawl_max_chars)
        if station.profile.audio:
            track = await self._track(story, wording)
        else:
            track = Track(missing="the station takes no sound")
        complete = crawl == wording.crawl
        return Programme(wording.language, crawl, wording.script, track, complete=complete)

    async def _track(self, story: Story, wording: Wording) -> Track:
        """Return the recording; a language that failed once is not tried again for each station."""
        if not self._settings.speech:
            return Track(missing="speech is switched off")
        room = characters_in(self._settings.speech_seconds, wording.language)
        text = shortened(wording.script.strip(), wording.details, room)
        key = (wording.language, text)
        if key not in story.tracks:
            story.tracks[key] = await self._studio.record(text, wording.language)
        return story.tracks[key]
