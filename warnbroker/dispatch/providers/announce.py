"""Say in one line what has changed with a provider, and keep it for the record."""

from dataclasses import dataclass, field

from warnbroker.log import log
from warnbroker.model.event import Event
from warnbroker.model.provider import Change, Fault, ProviderState

MOST_UNRECORDED = 1000


@dataclass(slots=True)
class Announcer:
    """Logs each opening, easing and return once; ``unrecorded`` is what the record still lacks."""

    unrecorded: list[tuple[Event, Change]] = field(default_factory=list)
    _last: dict[tuple[str, str], ProviderState] = field(default_factory=dict)

    def tell(self, change: Change) -> None:
        """Announce a change, unless it is one of the many small ones."""
        key = (change.channel, change.provider)
        before = self._last.get(key, ProviderState.OK)
        self._last[key] = change.state
        if change.until is not None and change.fault is not None:
            self._opened(change)
        elif change.fault is not None:
            log.warning(Event.PROVIDER_EASED, **_words(change))
        elif before is not change.state:
            log.warning(Event.PROVIDER_RESTORED, **_words(change))
            self._keep(Event.PROVIDER_RESTORED, change)

    def _opened(self, change: Change) -> None:
        log.error(Event.PROVIDER_OPENED, **_words(change), advice=_advice(change))
        self._keep(Event.PROVIDER_OPENED, change)

    def _keep(self, event: Event, change: Change) -> None:
        if len(self.unrecorded) < MOST_UNRECORDED:
            self.unrecorded.append((event, change))


def _words(change: Change) -> dict[str, object]:
    words = {
        "channel": change.channel,
        "provider": change.provider,
        "state": change.state,
        "share": round(change.share, 2),
        "fault": change.fault,
        "scope": change.scope,
        "code": change.code,
    }
    return {name: value for name, value in words.items() if value not in {None, ""}}


def _advice(change: Change) -> str:
    if change.fault is Fault.CONFIG:
        what = f"the {change.scope.replace('/', ' ')}" if change.scope else "key, sender or account"
        return (
            f"mend {what} of {change.provider} in channels.{change.channel} or with the provider, "
            f"then: warnbroker channels --reset {change.channel}/{change.provider}"
        )
    return f"ask {change.provider} what is wrong; it is tried again by itself"


def detail_of(change: Change) -> dict[str, object]:
    """Return what the record says of a change."""
    until = {"until": change.until.isoformat()} if change.until else {}
    return {**_words(change), **until}
