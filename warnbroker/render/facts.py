"""The facts of a message: the one source that every channel's text states them from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from types import MappingProxyType

from warnbroker.model.alert import Alert, Info
from warnbroker.model.enums import MsgType, ResponseType, Status
from warnbroker.model.fan_out import fan_out_of
from warnbroker.model.level import in_language
from warnbroker.model.message import ASIDE, MessageKind
from warnbroker.model.publication import Group
from warnbroker.model.standing import Standing
from warnbroker.render.changes import Changes
from warnbroker.render.gsm import USUAL_SEGMENTS, room_of
from warnbroker.render.languages import nearest, primary
from warnbroker.render.layout import clean, ended, phrase
from warnbroker.render.levels import LevelFact, level_fact
from warnbroker.render.times import LocalClock, Moment
from warnbroker.render.words import WORDS, Words

MAX_PLACES = 4_000
"""Characters of area descriptions that a message has room for."""

REASON_KINDS = (LIFTED, ERROR) = ("lifted", "error")
"""Why a warning ended: the danger has passed, or it was issued by mistake."""


NO_CHANGES: Changes = MappingProxyType({})
"""Where nothing is known of what the reader was told before."""


@dataclass(frozen=True, slots=True)
class ChangeFact:
    """What changed since its reader was told last; false where that is not known.

    ``level`` is the word of the earlier level, empty where it is the same.
    """

    known: bool = False
    level: str = ""
    raised: bool = False
    event: bool = False
    place: bool = False
    onset: bool = False
    expires: bool = False
    action: bool = False

    def __bool__(self) -> bool:
        """Say whether it is known."""
        return self.known


@dataclass(frozen=True, slots=True)
class Facts:
    """What one message states; templates see each field by its name (docs/howto/templates.md).

    A fact that the alert does not give is empty, never missing. ``room`` is no fact, but how
    many characters a text message has room for.
    """

    kind: MessageKind
    language: str
    drill: bool
    listed: bool
    event: str
    level: LevelFact
    headline: str
    description: str
    instruction: str
    action: str
    responses: tuple[str, ...]
    place: str
    places: tuple[str, ...]
    issuer: str
    issued: Moment
    onset: Moment
    expires: Moment
    replaced: Moment
    changed: ChangeFact
    reason: str
    reason_kind: str
    news: str
    id: str
    waiting: Moment
    unreached: int
    list_link: str
    contact: str
    web: str
    link: str
    municipality: str
    urgency: str
    severity: str
    certainty: str
    room: int


def no_instruction(info: Info) -> str:
    """Return no instruction: what there is without a hazard register."""
    return ""


@dataclass(frozen=True, slots=True)
class Setting:
    """What facts take from the municipality and not from the alert.

    ``municipality`` is its name by language; ``link`` gives a warning's public page;
    ``standing`` gives the hazard register's instruction for an info in the info's
    language, empty where there is none.
    """

    time_zone: tzinfo
    municipality: Mapping[str, str]
    fallback_languages: Sequence[str]
    link: Callable[[str], str]
    standing: Callable[[Info], str] = no_instruction


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a message is made: its kind, the warning it belongs to, and why that one ended.

    ``expires`` is when a message ends whose info does not say; None is the level's default
    after ``sent``. ``alert_id`` is the public id of the alert itself, ``waiting`` since when
    it waits for people, where it does. ``unreached`` is how many people are on the list of
    whom it is written to, ``list_link`` where that is. ``changes`` is what differs since its
    reader was told last.
    """

    kind: MessageKind
    warning_id: str
    reason_kind: str = LIFTED
    expires: datetime | None = None
    alert_id: str = ""
    waiting: datetime | None = None
    unreached: int = 0
    list_link: str = ""
    changes: Changes = field(default_factory=lambda: NO_CHANGES)


def facts(group: Group, info: Info, alert: Alert, *, occasion: Occasion, setting: Setting) -> Facts:
    """State the facts of one info of an alert.

    What the issuer wrote stays in the info's language.
    """
    fallbacks = setting.fallback_languages
    words = WORDS[nearest(WORDS, info.language, (*fallbacks, "en")) or "en"]
    level = level_fact(group.level, info.language, fallbacks)
    told = _still_said(info, occasion.kind, alert.msg_type)
    listed = not Standing.of(alert).is_for_all
    # Whoever has left a list is not told what is only for those who are still on it.
    places = () if listed and occasion.kind is MessageKind.OUTSIDE else _places(info)
    default_end = alert.sent + group.level.expires_after
    clock = LocalClock(alert.sent, setting.time_zone, info.language)
    return Facts(
        kind=occasion.kind,
        language=info.language,
        drill=alert.status is not Status.ACTUAL,
        listed=listed,
        event=_bare(phrase(info.event), words, level.name),
        level=level,
        headline=phrase(info.headline, 400) if told else "",
        description=ended(clean(info.description)) if told else "",
        instruction=clean(info.instruction) if told else "",
        action=ended(clean(_action(info, words, setting))) if told else "",
        responses=tuple(map(str, info.response_types)),
        place=_joined(places, info.language),
        places=places,
        issuer=phrase(info.sender_name) or phrase(alert.sender),
        issued=clock.moment(alert.sent),
        onset=clock.later(info.onset or info.effective),
        expires=clock.moment(info.expires or occasion.expires or default_end),
        changed=_changed(group, info, occasion, fallbacks),
        replaced=clock.moment(max((old.sent for old in alert.references), default=None)),
        reason=ended(clean(alert.note)),
        reason_kind=occasion.reason_kind,
        news=alert.msg_type.lower(),
        id=occasion.alert_id or occasion.warning_id,
        waiting=clock.moment(occasion.waiting),
        unreached=occasion.unreached,
        list_link=occasion.list_link,
        contact=phrase(info.contact, 400),
        web=_web_address(info.web),
        link=_link(alert, occasion, setting),
        municipality=in_language(setting.municipality, info.language),
        urgency=words.urgency[info.urgency],
        severity=words.severity[info.severity],
        certainty=words.certainty[info.certainty],
        room=room_of(USUAL_SEGMENTS, info.language),
    )


def _changed(group: Group, info: Info, occasion: Occasion, fallbacks: Sequence[str]) -> ChangeFact:
    change = occasion.changes.get((group.index, info.language.lower()))
    if change is None:
        return ChangeFact()
    before = level_fact(change.level, info.language, fallbacks).name if change.level else ""
    return ChangeFact(
        known=True,
        level=before,
        raised=change.raised,
        event=change.event,
        place=change.place,
        onset=change.onset,
        expires=change.expires,
        action=change.action,
    )


def in_own_words(facts: Facts, info: Info, channel: str) -> Facts:
    """Return the facts as the issuer words them for one channel, where the issuer does.

    That text takes the place of what happened and what to do; who, when, which level and
    where stay. What is not said any more, as in a Cancel, is not said in other words either.
    """
    text = fan_out_of(info).texts.get(channel, "").strip()
    if not text or not facts.action:
        return facts
    said = clean(text)
    return replace(facts, description="", instruction=said, action=ended(said))


def _places(info: Info) -> tuple[str, ...]:
    described = (phrase(area.area_desc, MAX_PLACES) for area in info.areas)
    named = list(dict.fromkeys(filter(None, described)))
    room = MAX_PLACES
    for count, place in enumerate(named):
        room -= len(place)
        if room < 0:
            return (*named[:count], "…")
    return tuple(named)


def _still_said(info: Info, kind: MessageKind, msg_type: MsgType) -> bool:
    # A Cancel often repeats the texts of the alert that it ends; "leave now" must not go out
    # again with it. An info that says AllClear was written for the end.
    ends = kind in ASIDE and msg_type is MsgType.CANCEL
    if ends or kind is MessageKind.CANCEL:
        return ResponseType.ALL_CLEAR in info.response_types
    return kind is not MessageKind.OUTSIDE


def _action(info: Info, words: Words, setting: Setting) -> str:
    over = ResponseType.ALL_CLEAR in info.response_types
    stated = info.instruction.strip() or ("" if over else setting.standing(info).strip())
    known = (words.actions[kind] for kind in info.response_types if kind in words.actions)
    return stated or "\n".join(dict.fromkeys(known)) or words.action


def _bare(event: str, words: Words, level: str) -> str:
    bare = event
    for grade in words.grades:
        bare = bare.removesuffix(grade)
    return (bare if bare == event else bare.removesuffix(level)) or event


def _joined(places: Sequence[str], language: str) -> str:
    if primary(language) in {"zh", "ja"} or len(places) < 2:
        return "、".join(places)
    from babel import Locale, UnknownLocaleError
    from babel.lists import format_list

    try:
        return format_list(places, locale=Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return ", ".join(places)


def _web_address(text: str) -> str:
    address = text.strip()
    return address if address.lower().startswith(("http://", "https://")) else ""


def _link(alert: Alert, occasion: Occasion, setting: Setting) -> str:
    # Only what is public has a public page, and what waits is not public yet.
    if occasion.kind is MessageKind.REMINDER:
        return ""
    return setting.link(occasion.warning_id) if Standing.of(alert).is_public else ""
