"""Alerts that were refused, in the record: which rules, never the text, and never too many."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.store import AuditStore
from warnbroker.errors import (
    AlertError,
    ConflictError,
    ForbiddenError,
    SignatureError,
    TooLargeError,
    UnreadableError,
    WarnbrokerError,
)
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.model.record import IssuerRecord

WINDOW = timedelta(minutes=1)
"""Within it the same issuer and rules make one entry; what follows is counted into the next."""

MOST_RULES = 20
"""Rules that one entry names."""

MOST_ENTRIES = 20
"""Entries for one issuer within a window, however many different rules it breaks."""

_WORDS: dict[type[WarnbrokerError], str] = {
    AlertError: "rules",
    ForbiddenError: "forbidden",
    ConflictError: "conflict",
    SignatureError: "signature",
    UnreadableError: "unreadable",
    TooLargeError: "too_large",
}

REFUSED = tuple(_WORDS)
"""The errors that refuse an alert."""

_Key = tuple[int, str, tuple[str, ...]]
_MORE = "more"


@dataclass(slots=True)
class _Window:
    """What one issuer did in one way since it began: who, about what, how often unwritten."""

    begun: datetime
    actor: Actor
    subject: str
    unwritten: int = 0


@dataclass(slots=True)
class Refusals:
    """Records refusals; what is counted and not written yet is lost with the process."""

    audit: AuditStore
    clock: Clock
    _windows: dict[_Key, _Window] = field(default_factory=dict)

    async def note(
        self, issuer: IssuerRecord, origin: str, subject: str, error: WarnbrokerError
    ) -> None:
        """Record that an issuer's alert was refused; ``subject`` is its public id, if known."""
        await self.sweep()
        key = self._key(issuer, error)
        window = self._windows.get(key)
        if window is not None:
            window.unwritten += 1
            return
        window = _Window(self.clock.now(), Actor(issuer.name, origin), subject)
        self._windows[key] = window
        await self._write(key, window, 1)

    async def sweep(self) -> None:
        """Write what was counted in windows that are over."""
        now = self.clock.now()
        # A clock that was set back ends them all.
        over = [
            key
            for key, window in self._windows.items()
            if not timedelta() <= now - window.begun < WINDOW
        ]
        for key, window in [(key, self._windows.pop(key)) for key in over]:
            if window.unwritten:
                await self._write(key, window, window.unwritten)

    async def _write(self, key: _Key, window: _Window, count: int) -> None:
        detail = {"cause": key[1], "rules": list(key[2]), "count": count}
        await self.audit.append(window.actor, Event.ALERT_REFUSED, window.subject, detail)

    def _key(self, issuer: IssuerRecord, error: WarnbrokerError) -> _Key:
        faults = error.faults if isinstance(error, AlertError) else ()
        rules = {fault.rule for fault in faults if fault.level == "error"}
        cause = next(word for kind, word in _WORDS.items() if isinstance(error, kind))
        key = (issuer.id, cause, tuple(sorted(rules)[:MOST_RULES]))
        begun = sum(other[0] == issuer.id for other in self._windows)
        return key if key in self._windows or begun < MOST_ENTRIES else (issuer.id, _MORE, ())
