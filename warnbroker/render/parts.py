"""The parts of every channel's message, and what is done to each after its template."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from warnbroker.model.drill import DRILL_MARKS
from warnbroker.model.message import ASIDE, MessageKind
from warnbroker.model.sentences import HAN
from warnbroker.render.gsm import gsm_plain
from warnbroker.render.languages import nearest
from warnbroker.render.layout import clean, one_line, unwrapped
from warnbroker.render.speech import speakable


class Form(StrEnum):
    """How a part is laid out."""

    SMS = "sms"
    LINE = "line"
    TEXT = "text"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Part:
    """One part; ``whole`` ones state every fact on their own, ``spoken`` ones are read aloud."""

    name: str
    form: Form
    whole: bool = True
    spoken: bool = False


PARTS: Mapping[str, Sequence[Part]] = {
    "sms": (Part("txt", Form.SMS),),
    "voice": (
        Part("script", Form.TEXT, spoken=True),
        Part("confirm", Form.LINE, whole=False, spoken=True),
        Part("thanks", Form.LINE, whole=False, spoken=True),
    ),
    "email": (
        Part("subject", Form.LINE, whole=False),
        Part("txt", Form.TEXT),
        Part("html", Form.HTML),
    ),
    "feed": (Part("title", Form.LINE, whole=False), Part("summary", Form.TEXT)),
    "broadcast": (Part("crawl", Form.LINE), Part("script", Form.TEXT, spoken=True)),
    "van": (Part("script", Form.TEXT, spoken=True),),
}

TO_ALL = frozenset({"feed", "broadcast", "van"})
"""The channels that reach no single people, and so no office beside the public."""


def kinds_of(channel: str) -> tuple[MessageKind, ...]:
    """Return the kinds of messages that a channel of these parts has."""
    return tuple(kind for kind in MessageKind if kind not in ASIDE or channel not in TO_ALL)


# A telephone takes the Chinese letters behind an address for a part of it.
_LINKED = re.compile(rf"https?://[!-~]+(?=[{HAN}])")
# A name or a time may end in a full stop of its own, or in a cut.
_TWICE_ENDED = re.compile(r"(?<![./])([.…])\.(?![./])")
_BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>", re.IGNORECASE)
_BANNER = (
    '<p style="margin:0;padding:12px 16px;background:#1b1b1b;color:#ffffff;'
    'font:bold 18px/1.4 sans-serif;text-align:center">{}</p>'
)


def finished(text: str, part: Part, language: str) -> str:
    """Return a template's output in its part's form."""
    if part.spoken:
        text = speakable(unwrapped(clean(text)), language)
    if part.form is not Form.HTML:
        text = _LINKED.sub(r"\g<0> ", _TWICE_ENDED.sub(r"\1", text))
    if part.form in (Form.SMS, Form.LINE):
        line = one_line(text)
        return gsm_plain(line) if part.form is Form.SMS else line
    return clean(text)


def marked(text: str, part: Part, language: str, fallbacks: Sequence[str]) -> str:
    """Return a finished text with the drill mark in front; no template can leave it out.

    In HTML it opens the body and the title; what is spoken also says the mark as a sentence,
    before and after.
    """
    known = nearest(DRILL_MARKS, language, (*fallbacks, "en")) or "en"
    mark, sentence = DRILL_MARKS[known]
    blank = "" if mark.endswith("】") else " "
    if part.spoken:
        opening = f"{mark}{blank}{sentence}{blank}"
        return f"{opening}{text}{blank}{sentence}" if part.whole else f"{opening}{text}"
    if part.form is not Form.HTML:
        return f"{mark}{blank}{text}"
    titled = _TITLE.sub(lambda tag: f"{tag[0]}{mark}{blank}", text, count=1)
    banner = _BANNER.format(f"{mark}{blank}{sentence}")
    bannered, found = _BODY.subn(lambda tag: f"{tag[0]}\n{banner}", titled, count=1)
    return bannered if found else f"{banner}\n{titled}"
