"""A message: one alert rendered for one channel and language."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class MessageKind(StrEnum):
    """What a message tells its reader; the first word of its template's file name."""

    ALERT = "alert"
    UPDATE = "update"
    CANCEL = "cancel"
    OUTSIDE = "outside"
    NOTICE = "notice"
    REMINDER = "reminder"
    UNSIGNED = "unsigned"


ASIDE = frozenset({MessageKind.NOTICE, MessageKind.REMINDER, MessageKind.UNSIGNED})
"""What offices are told beside the public; it counts in no audience and warns nobody."""


@dataclass(frozen=True, slots=True)
class Message:
    """Rendered texts, by part: the extension of the template each came from (``txt``, ``html``)."""

    id: int
    channel: str
    language: str
    kind: MessageKind
    group: int
    parts: Mapping[str, str]
