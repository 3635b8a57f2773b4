"""Warnings as the templates show them to one reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from warnbroker.contracts.public import PublicAlert, PublicWarning, WarningState
from warnbroker.model.enums import MsgType
from warnbroker.model.level import Level
from warnbroker.web.reader import Reader
from warnbroker.web.sections import Section, languages, sections


@dataclass(frozen=True, slots=True)
class Step:
    """One message of a warning's history; ``word`` ends the key of its name in the texts."""

    id: str
    word: str
    sent: datetime
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class View:
    """One warning: what it says, and where it stands now.

    ``ending`` is what the Cancel says, ``why`` its reason in the issuer's words; ``spoken``
    are the languages that the texts exist in.
    """

    id: str
    level: Level
    state: WarningState
    sections: tuple[Section, ...]
    ending: tuple[Section, ...]
    issued: datetime
    changed: datetime
    expires: datetime
    history: tuple[Step, ...]
    spoken: tuple[str, ...]
    is_mistake: bool = False
    why: str = ""

    @property
    def standing(self) -> str:
        """Return how the texts call its state: what was a mistake is not what has passed."""
        return "retracted" if self.is_mistake else self.state

    @property
    def first(self) -> Section | None:
        """Return the gravest event's section."""
        return (*self.sections, *self.ending, None)[0]


def state_at(warning: PublicWarning, now: datetime) -> WarningState:
    """Return where a warning stands; its expiry is judged here too, at the last moment."""
    if warning.state.holds and warning.newest.expires <= now:
        return WarningState.EXPIRED
    return warning.state


def view(warning: PublicWarning, reader: Reader, fallbacks: Sequence[str], now: datetime) -> View:
    """Return what a reader sees of a warning."""
    told, newest = warning.informative, warning.newest

    def said(alert: PublicAlert) -> tuple[Section, ...]:
        return sections(alert.infos, reader.wanted, (reader.texts.language, *fallbacks))

    return View(
        id=warning.id,
        level=warning.level,
        state=state_at(warning, now),
        sections=said(told) if told.msg_type != MsgType.CANCEL else (),
        ending=said(newest) if newest.msg_type == MsgType.CANCEL else (),
        issued=warning.alerts[0].sent,
        changed=newest.sent,
        expires=told.expires,
        history=tuple(Step(a.id, _word(a), a.sent, said(a)) for a in reversed(warning.alerts)),
        spoken=languages(told.infos),
        is_mistake=newest.is_mistake,
        why=newest.note if newest.msg_type == MsgType.CANCEL else "",
    )


def _word(alert: PublicAlert) -> str:
    return "Retraction" if alert.is_mistake else alert.msg_type


def gravest_first(warnings: Sequence[PublicWarning]) -> list[PublicWarning]:
    """Sort by level, newest first within a level."""
    newest_first = sorted(warnings, key=lambda warning: warning.newest.sent, reverse=True)
    return sorted(newest_first, key=lambda warning: warning.level.rank)
