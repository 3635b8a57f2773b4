"""The press: turns the library into feeds, on the disk and in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from threading import RLock
from urllib.parse import quote

from channels.feed.document import Document, after
from channels.feed.entry import Entry, primary
from channels.feed.library import EVERYWHERE, Library, Snapshot, gravest
from channels.feed.series import PUBLIC, Series
from channels.feed.settings import FeedSettings, drill_description, drill_title
from channels.feed.shelf import Shelf
from channels.feed.writer import Edition, write
from warnbroker.contracts import ChannelContext
from warnbroker.model.level import in_language
from warnbroker.model.region import Region

FORMS = ("rss", "atom")


@dataclass(frozen=True, slots=True)
class Key:
    """Which feed: a region's code or EVERYWHERE, a language, ``rss`` or ``atom``."""

    scope: str
    language: str
    form: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A feed that holds ``until`` then, and the entries and the change that it shows."""

    document: Document
    until: datetime
    entries: tuple[Entry, ...]
    changed: datetime


class Press:
    """Prints feeds. Its methods block; a lock makes them safe to call from several threads."""

    def __init__(
        self,
        settings: FeedSettings,
        context: ChannelContext,
        shelf: Shelf,
        series: Series = PUBLIC,
    ) -> None:
        self.library = Library()
        self.series = series
        self._settings = settings
        self._context = context
        self._own_languages = context.languages or ("en",)
        self._languages = self._own_languages
        self._public_url = context.public_url.rstrip("/")
        self._shelf = shelf
        self._regions: dict[str, Region] = {}
        self._printed: dict[Key, Printed] = {}
        self._on_disk: dict[Key, str] = {}
        self._opened = context.clock.now()
        self._stamp = 0
        self._due = self._opened
        self._lock = RLock()

    def learn_regions(self, regions: Iterable[Region]) -> None:
        """Take in the names of regions."""
        self._regions.update({region.code: region for region in regions})

    def knows(self, scope: str) -> bool:
        """Say whether there is a feed of that name."""
        return scope == EVERYWHERE or (self.series.public and scope in self._regions)

    def publish(self, entry: Entry, cap: bytes) -> None:
        """Put an alert down, and print every feed that it changes."""
        with self._lock:
            known = self.library.get(entry.id)
            # Prepared again after a restart: the feed must not look changed.
            entry = replace(entry, written=known.written) if known else entry
            self._shelf.put(entry, cap)
            self.library.add(entry)
            self.mend()

    def mend(self) -> None:
        """Compare every file with what it should hold, and write those anew that differ."""
        with self._lock:
            self._on_disk.clear()
            self._stamp = 0
            self.refresh(self._context.clock.now())

    def refresh(self, now: datetime) -> None:
        """Bring the files up to date: read what other processes wrote, drop what has expired."""
        with self._lock:
            stamp = self._shelf.stamp()
            if stamp == self._stamp and now < self._due:
                return
            for entry in self._shelf.new_entries():
                self.library.add(entry)
            snapshot = self.library.at(now)
            self._languages = self._spoken(snapshot)
            for key in self._keys(snapshot):
                self._put(key, self.printed(key, now).document)
            self._stamp, self._due = stamp, snapshot.until

    def fresh(self, key: Key, now: datetime) -> Printed | None:
        """Return a feed from memory if it still holds; never blocks."""
        printed = self._printed.get(key)
        return printed if printed and now < printed.until else None

    def printed(self, key: Key, now: datetime) -> Printed:
        """Return a feed as it is at an instant, printed anew only if its content changed."""
        with self._lock:
            snapshot = self.library.at(now)
            entries = gravest(snapshot.of(key.scope), self._settings.max_entries)
            changed = snapshot.changed.get(key.scope, self._opened)
            old = self._printed.get(key)
            if old and (old.entries, old.changed) == (entries, changed):
                new = replace(old, until=snapshot.until)
            else:
                body = write(self._edition(key, entries, changed), key.form)
                modified = after(old.document if old else None, changed)
                document = Document(body, f"application/{key.form}+xml; charset=utf-8", modified)
                new = Printed(document, snapshot.until, entries, changed)
            self._printed[key] = new
            return new

    def key(self, scope: str, wanted: str, form: str) -> Key:
        """Return the feed for a reader who wants a language, the first one if there is no such."""
        exact = [tag for tag in self._languages if tag.lower() == wanted.lower()]
        near = [tag for tag in self._languages if primary(tag) == primary(wanted)]
        return Key(scope, (exact or near or self._languages)[0], form)

    def on_disk(self, key: Key) -> bytes | None:
        """Return a feed as it lies on the disk."""
        return self._shelf.feed(key.scope, self._tongue(key), key.form)

    def _put(self, key: Key, document: Document) -> None:
        if self._on_disk.get(key) != document.digest:
            self._shelf.put_feed(key.scope, self._tongue(key), key.form, document.body)
            self._on_disk[key] = document.digest

    def _keys(self, snapshot: Snapshot) -> Iterator[Key]:
        regions = snapshot.changed.keys() - {EVERYWHERE} if self.series.public else ()
        for scope in (EVERYWHERE, *regions):
            for language in self._languages:
                yield from (Key(scope, language, form) for form in FORMS)

    def _spoken(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return the municipality's languages, then others that an alert in force is written in."""
        languages = list(self._own_languages)
        for tag in (tag for entry in snapshot.entries for tag in entry.texts):
            if primary(tag) not in map(primary, languages):
                languages.append(tag)
        return tuple(languages)

    def _tongue(self, key: Key) -> str:
        return "" if key.language == self._own_languages[0] else key.language

    def _edition(self, key: Key, entries: tuple[Entry, ...], changed: datetime) -> Edition:
        name = in_language(self._context.names, key.language)
        title = self._settings.title_in(key.language, name)
        region = self._regions.get(key.scope)
        query = f"?lang={quote(key.language)}" if self._tongue(key) else ""
        scope = self.series.name if key.scope == EVERYWHERE else key.scope
        title = f"{title} · {region.name(key.language)}" if region else title
        description = self._settings.description_in(key.language, name)
        if not self.series.public:
            title, description = drill_title(key.language, name), drill_description(key.language)
        return Edition(
            series=self.series,
            title=title,
            description=description,
            publisher=name or title,
            language=key.language,
            languages=self._own_languages,
            public_url=self._public_url,
            self_url=f"{self._public_url}/feeds/{quote(scope)}.{key.form}{query}",
            hub=str(self._settings.hub or ""),
            changed=changed,
            entries=entries,
        )
