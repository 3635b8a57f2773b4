"""Examine conduct without being asked: every hour, and soon after something was decided."""

from datetime import datetime, timedelta

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.conduct import AuditReader
from warnbroker.model.event import Event
from warnbroker.report.conduct import Conduct

EVERY = timedelta(hours=1)
"""What is late becomes so by the clock alone."""

PAUSE = timedelta(minutes=1)
"""The least between two looks, and before the first: warnings that go out come first."""

PAGE = 1000
NEWS = frozenset(
    {
        Event.ALERT_ACCEPTED,
        Event.ALERT_RELEASED,
        Event.ALERT_SUPERSEDED,
        Event.ALERT_LAPSED,
        Event.INCIDENT_RECORDED,
    }
)
"""After one of these there may be something to find."""


class ConductWatch:
    """Looks whether it is time to examine conduct."""

    def __init__(self, conduct: Conduct, audit: AuditReader, clock: Clock) -> None:
        self._conduct, self._audit, self._clock = conduct, audit, clock
        self._began = clock.now()
        self._looked: datetime | None = None
        self._read = 0

    async def sweep(self) -> None:
        """Examine conduct if an hour is over, or a minute and there is news."""
        now = self._clock.now()
        since = self._looked or self._began
        # A clock that was set back must not keep it waiting.
        if now >= since and now - since < PAUSE:
            return
        news = await self._news() if self._looked is not None and now - since < EVERY else True
        if not news:
            return
        self._read = (await self._audit.standing()).newest
        await self._conduct.examine()
        self._looked = self._clock.now()

    async def _news(self) -> bool:
        """Say whether the record has news since the last look; each entry is read once."""
        while page := await self._audit.entries(self._read, PAGE):
            for entry in page:
                if entry.event in NEWS:
                    return True
            self._read = page[-1].sequence
        return False
