"""The library: every entry ever published, and which of them are in force at an instant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from channels.feed.entry import Entry

NEVER = datetime.max.replace(tzinfo=UTC)
EVERYWHERE = "alerts"
"""The scope of the feeds that hold all alerts; any other scope is a region's code."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What holds from the instant it was asked for ``until`` another.

    ``entries`` are in force, newest first; ``reach`` names the scopes that each entry
    belongs to; ``changed`` says when the content of each scope last changed.
    """

    entries: tuple[Entry, ...]
    until: datetime
    reach: Mapping[str, frozenset[str]]
    changed: Mapping[str, datetime]

    def of(self, scope: str) -> tuple[Entry, ...]:
        """Return the entries in force that belong to a scope, newest first."""
        return tuple(entry for entry in self.entries if scope in self.reach[entry.id])


class Library:
    """Holds entries; adding one twice, or in another order, changes nothing."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._superseded: set[str] = set()
        self._snapshot: Snapshot | None = None
        self._taken = NEVER

    def add(self, entry: Entry) -> None:
        """Take an entry in; what it supersedes is in force no more, even if it comes later."""
        self._entries[entry.id] = entry
        self._superseded.update(entry.supersedes)
        self._snapshot = None

    def get(self, entry_id: str) -> Entry | None:
        """Return an entry by its alert's id."""
        return self._entries.get(entry_id)

    def is_superseded(self, entry_id: str) -> bool:
        """Say whether an Update or a Cancel has taken the place of an alert."""
        return entry_id in self._superseded

    def at(self, now: datetime) -> Snapshot:
        """Return what is in force; remembered until the next entry comes or goes."""
        if self._snapshot is None or not self._taken <= now < self._snapshot.until:
            self._snapshot, self._taken = self._take(now), now
        return self._snapshot

    def _take(self, now: datetime) -> Snapshot:
        live = [
            entry
            for entry in self._entries.values()
            if entry.expires > now and entry.id not in self._superseded
        ]
        live.sort(key=lambda entry: (entry.sent, entry.written, entry.id), reverse=True)
        reach = {entry.id: self._reach(entry) for entry in self._entries.values()}
        return Snapshot(
            entries=tuple(live),
            until=min((entry.expires for entry in live), default=NEVER),
            reach=reach,
            changed=self._changed(now, reach),
        )

    def _changed(
        self, now: datetime, reach: Mapping[str, frozenset[str]]
    ) -> Mapping[str, datetime]:
        changed: dict[str, datetime] = {}
        for entry in self._entries.values():
            latest = max(entry.written, entry.expires) if entry.expires <= now else entry.written
            for scope in reach[entry.id]:
                changed[scope] = max(latest, changed.get(scope, latest))
        return changed

    def _reach(self, entry: Entry) -> frozenset[str]:
        """Return the scopes of an entry: its own, and those of all that it takes the place of.

        Whoever read of the first alert must read here that it was changed or lifted.
        """
        scopes = {EVERYWHERE}
        seen: set[str] = set()
        waiting = [entry.id]
        while waiting:
            found = self._entries.get(waiting.pop())
            if found and found.id not in seen:
                seen.add(found.id)
                scopes.update(found.regions)
                waiting.extend(found.supersedes)
        return frozenset(scopes)


def gravest(entries: Iterable[Entry], limit: int) -> tuple[Entry, ...]:
    """Keep at most ``limit`` entries, the gravest levels first, in the order they came in."""
    kept = list(entries)
    if len(kept) > limit:
        chosen = {entry.id for entry in sorted(kept, key=lambda entry: entry.rank)[:limit]}
        kept = [entry for entry in kept if entry.id in chosen]
    return tuple(kept)
